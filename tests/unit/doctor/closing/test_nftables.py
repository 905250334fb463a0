"""The kernel itself reads the files; tests/e2e/test_doctor.py sees what they close."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from filterdns.doctor.closing.nftables import bridge_file, router_file
from filterdns.doctor.closing.plan import Plan, make_plan
from filterdns.upstreams.endpoint import Endpoint
from tests.support.namespaces import namespaces
from tests.support.peers import need

IPV4, IPV6 = Endpoint("192.168.1.2", 53), Endpoint("fd00::2", 53)
DOH = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]


def plan(*servers: Endpoint, doh: list[str] = DOH) -> Plan:
    return make_plan(servers, "lan0", doh)


def loaded(text: str) -> list[dict[str, Any]]:
    """Return the kernel's ruleset after *text* was loaded twice."""
    with namespaces("nft") as (namespace,), namespace.inside():
        for _ in range(2):
            subprocess.run([need("nft"), "-f", "-"], input=text, text=True, check=True)
        said = subprocess.run(
            [need("nft"), "-j", "list", "ruleset"], check=True, capture_output=True, text=True
        ).stdout
    found: list[dict[str, Any]] = json.loads(said)["nftables"]
    return found


@pytest.mark.peer("ip", "nft")
@pytest.mark.parametrize("write", [router_file, bridge_file])
@pytest.mark.parametrize(
    "servers", [(IPV4,), (IPV6,), (IPV4, IPV6), (Endpoint("192.168.1.2", 5353), IPV6)]
)
def test_the_kernel_takes_it_again_and_again(
    write: Callable[[Plan], str], servers: tuple[Endpoint, ...]
) -> None:
    once = loaded(write(plan(*servers)))
    tables = [each["table"] for each in once if "table" in each]
    assert [each["name"] for each in tables] == ["filterdns"]


@pytest.mark.peer("ip", "nft")
def test_without_addresses_of_https_there_is_no_set() -> None:
    there = loaded(router_file(plan(IPV4, IPV6, doh=[])))
    assert not [each for each in there if "set" in each]


def test_plain_dns_is_led_to_the_filters_port() -> None:
    text = router_file(plan(Endpoint("192.168.1.2", 5353), Endpoint("fd00::2", 5353)))
    assert "th dport 53 dnat ip to 192.168.1.2:5353\n" in text
    assert "th dport 53 dnat ip6 to [fd00::2]:5353\n" in text


def test_what_the_filter_asks_goes_out() -> None:
    for write in (router_file, bridge_file):
        text = write(plan(IPV4, IPV6))
        assert text.index("ip saddr 192.168.1.2 accept") < text.index("tcp dport 853")


def test_a_bridge_lets_through_what_goes_to_the_filter_alone() -> None:
    text = bridge_file(plan(IPV4))
    assert text.index("ip daddr 192.168.1.2 accept") < text.index("th dport 53 drop")
    assert "dnat" not in text
