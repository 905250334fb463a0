"""Which addresses a list may be fetched from: public ones, and those that an admin allows.

A list server, or whoever answers for its name, must not be able to make us ask a router, a printer
or this machine.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA gives out (RFC 4291 section 2.4)
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1: the last 32 bits are IPv4
_6TO4: Final = IPv6Network("2002::/16")  # RFC 3056 section 2: bits 16 to 47 are IPv4
_TEREDO: Final = IPv6Network("2001::/32")  # RFC 4380: goes to an IPv4 address that others choose


class AllowedAddresses:
    """Those that may be connected to: public ones, those of *networks*, or all."""

    def __init__(self, networks: Sequence[str] = (), *, allow_private: bool = False) -> None:
        self._networks = tuple(ip_network(network) for network in networks)
        self._allow_private = allow_private

    def refusal_of(self, text: str) -> str:
        """Return why the address *text* may not be connected to; empty if it may."""
        address = _unmapped(text)
        if self._allow_private or is_public(address):
            return ""
        if any(address.version == each.version and address in each for each in self._networks):
            return ""
        return f"found the address {text}, expected a public one"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether *address* is one host of the internet, seen from anywhere."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address in _6TO4:
        return is_public(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF))
    return address in _UNICAST and address.is_global and address not in _TEREDO


def _unmapped(text: str) -> IPv4Address | IPv6Address:
    # A socket to an IPv4-mapped address goes to the IPv4 address (RFC 4291 section 2.5.5.2).
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
