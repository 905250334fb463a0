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


class OwnAddress(NamedTuple):
    """One address of an interface of this host.

    *host* is a text as sockets take it, the interface after `%` where the address is link-local.
    *is_ready* is false while IPv6 looks for a duplicate, and for good after it has found one
    (RFC 4862 section 5.4): no socket can be bound to it then.
    """

    host: str
    prefix_length: int
    is_ready: bool

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
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(_PATIENCE_SECONDS)
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        header = _HEADER.pack(
            _HEADER.size + len(body), _RTM_GETADDR, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0
        )
        netlink.send(header + body)
        found: list[OwnAddress] = []
        while True:
            wire = netlink.recv(_MAX_PACKET_BYTES)
            found += read_addresses(wire)
            if _is_last(wire):
                return found


def watch_addresses() -> socket.socket:
    """Return a non-blocking socket that becomes readable when an address comes or goes.

    What it says is only that something changed: drain it and ask `own_addresses` again. Raises
    `OSError` where the kernel has no rtnetlink.
    """
    netlink = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    try:
        netlink.bind((0, _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
    except OSError:
        netlink.close()
        raise
    return netlink


def read_addresses(wire: bytes) -> Iterator[OwnAddress]:
    """Yield the addresses that the RTM_NEWADDR messages in *wire* describe."""
    for kind, body in _messages(wire):
        if kind != _RTM_NEWADDR:
            continue
        family, prefix_length, short_flags, _, interface = _ADDRESS.unpack_from(body)
        attributes = dict(_attributes(body[_ADDRESS.size :]))
        # On a point-to-point link IFA_ADDRESS is the peer's address and IFA_LOCAL our own.
        packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
        if family not in (socket.AF_INET, socket.AF_INET6) or packed is None:
            continue
        long_flags = attributes.get(_IFA_FLAGS)
        flags = int.from_bytes(long_flags, _NATIVE) if long_flags else short_flags
        host = _host(socket.inet_ntop(family, packed), interface)
        if host:
            is_ready = not flags & (_IFA_F_TENTATIVE | _IFA_F_DADFAILED)
            yield OwnAddress(host, prefix_length, is_ready)


def _host(address: str, interface: int) -> str:
    """Return *address* with its interface where it needs one; empty where that is gone again."""
    if not ipaddress.ip_address(address).is_link_local or ":" not in address:
        return address
    try:
        return f"{address}%{socket.if_indextoname(interface)}"
    except OSError:
        return ""


def _is_last(wire: bytes) -> bool:
    return any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(wire))


def _messages(wire: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(wire):
        length, kind, *_ = _HEADER.unpack_from(wire, at)
        if length < _HEADER.size:
            return
        yield kind, wire[at + _HEADER.size : at + length]
        at += _aligned(length)


def _attributes(wire: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(wire):
        length, kind = _ATTRIBUTE.unpack_from(wire, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, wire[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3  # NLMSG_ALIGN and RTA_ALIGN, linux/netlink.h and linux/rtnetlink.h


_PATIENCE_SECONDS: Final = 2.0
_MAX_PACKET_BYTES: Final = 1 << 16
_NATIVE: Final = sys.byteorder

_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr, linux/netlink.h
_ADDRESS: Final = struct.Struct("=BBBBI")  # struct ifaddrmsg, linux/if_addr.h
_ATTRIBUTE: Final = struct.Struct("=HH")  # struct rtattr, linux/rtnetlink.h

# linux/netlink.h
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_NLM_F_REQUEST: Final = 0x001
_NLM_F_DUMP: Final = 0x300

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
