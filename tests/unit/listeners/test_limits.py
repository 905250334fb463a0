"""Who may ask at all."""

from collections.abc import Sequence

import pytest

from filterdns.listeners.limits import AllowedClients
from filterdns.policy.address import read_address


def may_ask(address: str, allowed: list[str], own_networks: Sequence[str] = ()) -> bool:
    return AllowedClients(allowed, own_networks)(read_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.255.0.1",
        "172.31.0.1",
        "192.168.178.20",
        "100.64.0.1",
        "169.254.7.7",
        "::1",
        "fd12:3456::1",
        "fe80::1%eth0",
        "::ffff:192.168.1.5",
    ],
)
def test_local_means_private_ranges(address: str) -> None:
    assert may_ask(address, ["local"])


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:9.9.9.9"]
)
def test_local_does_not_mean_the_internet(address: str) -> None:
    """An open resolver is a weapon in the hands of others."""
    assert not may_ask(address, ["local"])


def test_local_means_the_networks_of_our_own_interfaces_too() -> None:
    allowed = AllowedClients(["local"], ["2001:db8:1::/64", "203.0.113.7/24"])
    assert allowed(read_address("2001:db8:1::abcd"))
    assert allowed(read_address("203.0.113.200"))
    assert not allowed(read_address("2001:db8:2::abcd"))


def test_own_networks_count_under_local_alone() -> None:
    assert not may_ask("203.0.113.200", ["10.0.0.0/8"], ["203.0.113.0/24"])


def test_networks_that_are_named_are_all_that_may() -> None:
    allowed = AllowedClients(["203.0.113.0/24", "2001:db8::/32"])
    assert allowed(read_address("203.0.113.9"))
    assert allowed(read_address("2001:db8::9"))
    assert not allowed(read_address("192.168.1.5"))


def test_nobody_may_where_nobody_is_named() -> None:
    assert not may_ask("127.0.0.1", [])
