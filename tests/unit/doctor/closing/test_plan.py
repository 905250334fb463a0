import pytest

from filterdns.doctor.closing.plan import make_plan
from filterdns.errors import ControlError
from filterdns.upstreams.endpoint import Endpoint

IPV4, IPV6 = Endpoint("192.168.1.2", 53), Endpoint("fd00::2", 53)


def test_the_first_address_of_each_family_is_taken() -> None:
    servers = [Endpoint("127.0.0.1", 53), IPV6, Endpoint("fd00::3", 53), IPV4]
    plan = make_plan(servers, "lan0", ["192.0.2.1", "2001:db8::1"])
    assert (plan.ipv4, plan.ipv6, plan.filters) == (IPV4, IPV6, [IPV4, IPV6])
    assert (plan.doh_ipv4, plan.doh_ipv6) == (["192.0.2.1"], ["2001:db8::1"])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0", "0.0.0.0", "ff02::1"])
def test_an_address_that_nobody_else_can_ask_is_refused(host: str) -> None:
    with pytest.raises(ControlError, match="--server"):
        make_plan([Endpoint(host, 53)], "lan0", [])


@pytest.mark.parametrize("interface", ["", 'lan"', "lan 0", "x" * 16, "lan0; flush ruleset"])
def test_an_interface_that_could_not_be_one_is_refused(interface: str) -> None:
    with pytest.raises(ControlError, match="no name of an interface"):
        make_plan([IPV4], interface, [])
