from collections.abc import Callable

import pytest

from filterdns.doctor.closing.plan import Plan, make_plan
from filterdns.doctor.closing.words import fritzbox_steps, opnsense_steps, pfsense_steps
from filterdns.upstreams.endpoint import Endpoint

PLAN = make_plan([Endpoint("192.168.1.2", 53), Endpoint("fd00::2", 53)], "br-lan", ["192.0.2.1"])


@pytest.mark.parametrize("steps", [fritzbox_steps, opnsense_steps, pfsense_steps])
def test_the_steps_name_the_filter_and_the_ports(steps: Callable[[Plan], str]) -> None:
    text = steps(PLAN)
    for word in ("192.168.1.2", "fd00::2", "53", "853"):
        assert word in text
    assert text.startswith("1. ")


@pytest.mark.parametrize("steps", [opnsense_steps, pfsense_steps])
def test_addresses_of_https_are_listed_for_an_alias(steps: Callable[[Plan], str]) -> None:
    assert "192.0.2.1" in steps(PLAN)


def test_an_address_that_is_not_known_is_left_to_the_reader() -> None:
    text = fritzbox_steps(make_plan([Endpoint("192.168.1.2", 53)], "br-lan", []))
    assert "(the IPv6 address of filterdns)" in text
