"""Only public addresses are connected to, however an address is written."""

import pytest

from filterdns.blocklists.fetching.addresses import AllowedAddresses

PUBLIC = [
    "9.9.9.9",
    "193.110.81.0",
    "2620:fe::fe",
    "2001:4860:4860::8888",
    "::ffff:9.9.9.9",
    "64:ff9b::909:909",  # NAT64 of 9.9.9.9
    "2002:909:909::1",  # 6to4 of 9.9.9.9
]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::9.9.9.9",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
    "64:ff9b:1::909:909",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",  # 6to4 of 10.0.0.1
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert not AllowedAddresses().refusal_of(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_another_address_may_not_and_the_refusal_names_it(address: str) -> None:
    refusal = AllowedAddresses().refusal_of(address)
    assert refusal == f"found the address {address}, expected a public one"


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_may_be_connected_to_where_that_is_allowed(address: str) -> None:
    assert not AllowedAddresses(allow_private=True).refusal_of(address)


def test_networks_may_be_allowed_alone() -> None:
    allowed = AllowedAddresses(["192.168.1.0/24", "fd12:3456::/32"])
    for address in ("192.168.1.7", "fd12:3456::7", "::ffff:192.168.1.7", "9.9.9.9"):
        assert not allowed.refusal_of(address)
    for address in ("192.168.2.7", "fd12:3457::7", "127.0.0.1"):
        assert allowed.refusal_of(address)
