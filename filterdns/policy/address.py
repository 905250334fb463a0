"""Addresses as numbers, and what is found by the networks that hold them.

An IPv4-mapped IPv6 address or network counts as IPv4 (RFC 4291 section 2.5.5.2).
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Address(NamedTuple):
    """An address as numbers: *version* 4 or 6; *link* is its scope id, empty where it has none."""

    version: int
    number: int
    link: str = ""


def read_address(text: str) -> Address:
    """Return the address that a socket shows as *text* (`192.168.1.5`, `fe80::1%eth0`).

    Raises `ValueError` for other text. The reader of the C library is ten times faster than
    `ipaddress`, and addresses are read by the thousand.
    """
    try:
        if ":" not in text:
            return Address(4, int.from_bytes(socket.inet_pton(socket.AF_INET, text)))
        host, percent, link = text.partition("%")
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, host))
    except OSError:
        raise _no_address(text) from None
    if percent and (not link or "%" in link):
        raise _no_address(text)
    if number >> _IPV4_BITS == _MAPPED:
        return Address(4, number & _IPV4_MASK)
    return Address(6, number, link)


class Networks(Generic[Value]):
    """Values by network: one dictionary look-up for each prefix length in use."""

    def __init__(self) -> None:
        self._tables: dict[int, dict[int, dict[int, list[Value]]]] = {4: {}, 6: {}}

    def add(self, text: str, value: Value) -> None:
        """Let *value* be found in the network *text*, after what it has already."""
        network = _read_network(text)
        shift = network.max_prefixlen - network.prefixlen
        tables = self._tables[network.version]
        if shift not in tables:
            tables[shift] = {}
            self._tables[network.version] = tables = dict(sorted(tables.items()))
        tables[shift].setdefault(int(network.network_address) >> shift, []).append(value)

    def holding(self, address: Address) -> Sequence[Value]:
        """Return the values of all networks that hold *address*, the longest network first."""
        found: list[Value] = []
        for shift, table in self._tables[address.version].items():
            found += table.get(address.number >> shift, ())
        return found


_IPV4_BITS: Final = 32
_IPV4_MASK: Final = (1 << _IPV4_BITS) - 1
_MAPPED: Final = 0xFFFF  # what stands before the last 32 bits in ::ffff:0:0/96
_MAPPED_PREFIX_LENGTH: Final = 96


def _no_address(text: str) -> ValueError:
    return ValueError(f"{text!r} is no address")


def _read_network(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX_LENGTH:
        mapped = network.network_address.ipv4_mapped
        if mapped:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX_LENGTH))
    return network
