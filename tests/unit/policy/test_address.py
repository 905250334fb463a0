"""Addresses as numbers, and the networks that hold them."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.policy.address import Address, Networks, read_address


@given(st.ip_addresses())
def test_an_address_is_the_number_that_ipaddress_reads(address: object) -> None:
    text = str(address)
    known = ip_address(text)
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    known = mapped or known
    assert read_address(text) == Address(known.version, int(known))


def test_an_ipv4_mapped_address_is_ipv4() -> None:
    assert read_address("::ffff:192.168.1.20") == read_address("192.168.1.20")


def test_the_link_belongs_to_an_address() -> None:
    assert read_address("fe80::1%eth0") == Address(6, 0xFE80 << 112 | 1, "eth0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kitchen",
        "1.2.3",
        "1.2.3.400",
        "01.2.3.4",
        "1.2.3.4%eth0",
        "fe80::1%",
        "fe80::1%a%b",
        "::g",
    ],
)
def test_other_text_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        read_address(text)


def test_the_longest_network_comes_first() -> None:
    networks: Networks[str] = Networks()
    for text in ("10.0.0.0/8", "10.1.0.0/16", "::ffff:10.1.2.0/120", "fd00::/8"):
        networks.add(text, text)
    held = list(networks.holding(read_address("10.1.2.3")))
    assert held == ["::ffff:10.1.2.0/120", "10.1.0.0/16", "10.0.0.0/8"]
    assert list(networks.holding(read_address("fd00::1"))) == ["fd00::/8"]


def test_a_network_may_have_several_values_in_the_order_given() -> None:
    networks: Networks[int] = Networks()
    for value in (2, 1):
        networks.add("10.0.0.0/8", value)
    assert list(networks.holding(read_address("10.9.9.9"))) == [2, 1]
