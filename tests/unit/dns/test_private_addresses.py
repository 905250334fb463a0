"""Addresses of somebody's own network, plain and in disguise."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns.private_addresses import embedded, is_private

PRIVATE = (
    "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
    "127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.168.255.255",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
    "128.0.0.1", "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.0.170", "192.167.1.1",
    "192.169.0.1", "203.0.113.7",
)  # fmt: skip
DISGUISES = (
    "::ffff:{}",  # RFC 4291 section 2.5.5.2
    "::{}",  # RFC 4291 section 2.5.5.1
    "::ffff:0:{}",  # RFC 2765 section 2.1
    "64:ff9b::{}",  # RFC 6052 section 2.1
    "64:ff9b:1::{}",  # RFC 8215
    "2001:db8:1:2:0:5efe:{}",  # RFC 5214 section 6.1
    "2001:db8:1:2:200:5efe:{}",
)


def packed(text: str) -> bytes:
    return ip_address(text).packed


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_ipv4_address_is_private_in_every_disguise(text: str) -> None:
    assert is_private(packed(text))
    for disguise in DISGUISES:
        assert is_private(packed(disguise.format(text))), disguise
        assert packed(text) in embedded(packed(disguise.format(text)))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_ipv4_address_is_public_in_every_disguise(text: str) -> None:
    assert not is_private(packed(text))
    for disguise in DISGUISES[1:4]:
        assert not is_private(packed(disguise.format(text))), disguise
        assert packed(text) in embedded(packed(disguise.format(text)))


@pytest.mark.parametrize(
    "text",
    [
        "::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1",
        "2002:c0a8:101::1",  # 6to4 of 192.168.1.1
        "2001:0:c0a8:101::",  # Teredo, server 192.168.1.1
        "2001:0:4136:e378:8000:63bf:3f57:fefe",  # Teredo, client 192.168.1.1
        "64:ff9b:1:c0a8:1:100::",  # RFC 6052 section 2.2, a prefix of 48 bits, 192.168.1.1
    ],
)  # fmt: skip
def test_these_ipv6_addresses_are_private(text: str) -> None:
    assert is_private(packed(text))


@pytest.mark.parametrize(
    "text",
    [
        "2606:4700::1111", "2a00:1450:4001:82f::200e", "2002:808:808::1", "2001:4860::8888",
        "2001:0:4136:e378:8000:63bf:f7f7:f7f7", "64:ff9b::808:808", "ff02::1",
    ],
)  # fmt: skip
def test_these_ipv6_addresses_are_public(text: str) -> None:
    assert not is_private(packed(text))


@given(st.ip_addresses())
def test_the_standard_library_calls_no_address_private_that_we_call_public(address: object) -> None:
    """But those that are for examples or special uses elsewhere, where nobody lives."""
    found = ip_address(str(address))
    found = getattr(found, "ipv4_mapped", None) or found
    elsewhere = map(
        ip_network,
        (
            "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "240.0.0.0/4", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
            "64:ff9b:1::/48",
        ),
    )  # fmt: skip
    if found.is_private and not any(found in network for network in elsewhere):
        assert is_private(found.packed)


@given(st.binary(min_size=16, max_size=16))
def test_what_is_embedded_is_ipv4(address: bytes) -> None:
    assert all(len(each) == 4 for each in embedded(address))
