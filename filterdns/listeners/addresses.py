"""The addresses of this host, asked of the kernel by rtnetlink (rtnetlink(7)).

A wildcard socket answers from the wrong address on a host with several, so `0.0.0.0` and `::` are
served by one socket for each address, kept in step as addresses come and go.
"""

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from filterdns.netlink import dump, read_attributes, read_messages, watch


class OwnAddress(NamedTuple):
    """One address of an interface of this host.

    *host* is a text as sockets take it, the interface after `%` where the address is link-local.
    *is_ready* is false while IPv6 looks for a duplicate, and for good after it has found one
    (RFC 4862 section 5.4): no socket can be bound to it then. *interface* is the number of the
    interface.
    """

    host: str
    prefix_length: int
    is_ready: bool
    interface: int = 0

    @property
    def network(self) -> str:
        """The network that the address lies in, as CIDR text without an interface."""
        bare = self.host.partition("%")[0]
        return str(ipaddress.ip_network(f"{bare}/{self.prefix_length}", strict=False))

    @property
    def is_ipv6(self) -> bool:
        """Whether the address is one of IPv6."""
        return ":" in self.host


def own_addresses() -> list[OwnAddress]:
    """Return all addresses of this host; raises `OSError` where the kernel has no rtnetlink."""
    request = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    return [each for wire in dump(_RTM_GETADDR, request) for each in read_addresses(wire)]


def watch_addresses() -> socket.socket:
    """Return a non-blocking socket that becomes readable when an address comes or goes.

    What it says is only that something changed: drain it and ask `own_addresses` again. Raises
    `OSError` where the kernel has no rtnetlink.
    """
    return watch(_RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR)


def read_addresses(wire: bytes) -> Iterator[OwnAddress]:
    """Yield the addresses that the RTM_NEWADDR messages in *wire* describe."""
    for kind, body in read_messages(wire):
        if kind != _RTM_NEWADDR:
            continue
        family, prefix_length, short_flags, _, interface = _ADDRESS.unpack_from(body)
        attributes = dict(read_attributes(body[_ADDRESS.size :]))
        # On a point-to-point link IFA_ADDRESS is the peer's address and IFA_LOCAL our own.
        packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
        if family not in (socket.AF_INET, socket.AF_INET6) or packed is None:
            continue
        long_flags = attributes.get(_IFA_FLAGS)
        flags = int.from_bytes(long_flags, _NATIVE) if long_flags else short_flags
        host = _host(socket.inet_ntop(family, packed), interface)
        if host:
            is_ready = not flags & (_IFA_F_TENTATIVE | _IFA_F_DADFAILED)
            yield OwnAddress(host, prefix_length, is_ready, interface)


def _host(address: str, interface: int) -> str:
    """Return *address* with its interface where it needs one; empty where that is gone again."""
    if not ipaddress.ip_address(address).is_link_local or ":" not in address:
        return address
    try:
        return f"{address}%{socket.if_indextoname(interface)}"
    except OSError:
        return ""


_NATIVE: Final = sys.byteorder

_ADDRESS: Final = struct.Struct("=BBBBI")  # struct ifaddrmsg, linux/if_addr.h

# linux/rtnetlink.h
_RTM_NEWADDR: Final = 20
_RTM_GETADDR: Final = 22
_RTMGRP_IPV4_IFADDR: Final = 0x010
_RTMGRP_IPV6_IFADDR: Final = 0x100

# linux/if_addr.h
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_IFA_FLAGS: Final = 8
_IFA_F_DADFAILED: Final = 0x08
_IFA_F_TENTATIVE: Final = 0x40
