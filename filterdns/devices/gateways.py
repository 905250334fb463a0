"""Where the way out of the house is: the default gateways, as the kernel routes (rtnetlink(7)).

A router that forwards queries for others asks from that address. Without rtnetlink the files of
/proc tell the same.
"""

import socket
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.devices.neighbour_table import with_link
from filterdns.netlink import dump, read_attributes, read_messages


class Gateway(NamedTuple):
    """A default gateway; *address* as a socket shows it, so a link-local one carries its link."""

    address: str
    interface: str


def default_gateways() -> list[Gateway]:
    """Return them, each once; none where there is no way out or nothing can be found out."""
    try:
        request = _ROUTE.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0)
        found = [each for wire in dump(_RTM_GETROUTE, request) for each in read_routes(wire)]
    except OSError:
        found = [
            *_of_file(_ROUTES_OF_IPV4, read_route),
            *_of_file(_ROUTES_OF_IPV6, read_ipv6_route),
        ]
    return list(dict.fromkeys(found))


def read_routes(wire: bytes) -> Iterator[Gateway]:
    """Yield the default gateways that the RTM_NEWROUTE messages in *wire* tell."""
    for kind, body in read_messages(wire):
        if kind != _RTM_NEWROUTE or len(body) < _ROUTE.size:
            continue
        family, length, _, _, _, _, _, type_, _ = _ROUTE.unpack_from(body)
        if family not in _BYTES_BY_FAMILY or length or type_ != _RTN_UNICAST:
            continue
        attributes = dict(read_attributes(body[_ROUTE.size :]))
        yield from _gateway(family, attributes, attributes.get(_RTA_OIF, b""))
        for interface, hop in _hops(attributes.get(_RTA_MULTIPATH, b"")):
            yield from _gateway(family, dict(read_attributes(hop)), interface)


def read_route(text: str) -> Iterator[Gateway]:
    """Yield the default gateways of /proc/net/route: hexadecimal, in the machine's byte order.

    Iface  Destination  Gateway   Flags  RefCnt  Use  Metric  Mask      MTU  Window  IRTT
    eth0   00000000     0101A8C0  0003   0       0    100     00000000  0    0       0
    """
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < _ROUTE_FIELDS:
            continue
        interface, destination, gateway, _, _, _, _, mask, *_ = fields
        try:
            number = int(gateway, 16)
            packed = struct.pack("=I", number)
        except (ValueError, struct.error):
            continue
        if number and destination == mask == "0" * 8:
            yield Gateway(socket.inet_ntop(socket.AF_INET, packed), interface)


def read_ipv6_route(text: str) -> Iterator[Gateway]:
    """Yield the default gateways of /proc/net/ipv6_route.

    A line has the destination and its length, the source and its length, the next hop, four
    numbers, the interface; all are hexadecimal.
    """
    for line in text.splitlines():
        fields = line.split()
        if len(fields) != _IPV6_ROUTE_FIELDS:
            continue
        destination, length, _, _, gateway, *_, interface = fields
        try:
            packed = bytes.fromhex(gateway)
            address = socket.inet_ntop(socket.AF_INET6, packed)
        except (ValueError, OSError):
            continue
        if any(packed) and length == "00" and not destination.strip("0"):
            yield Gateway(with_link(address, interface), interface)


def _gateway(
    family: int, attributes: dict[int, bytes], interface_number: bytes
) -> Iterator[Gateway]:
    packed = attributes.get(_RTA_GATEWAY, b"")
    via = attributes.get(_RTA_VIA, b"")  # a hop of the other family (RFC 5549): family, address
    if len(via) > _FAMILY_BYTES:
        family, packed = int.from_bytes(via[:_FAMILY_BYTES], _NATIVE), via[_FAMILY_BYTES:]
    if not any(packed) or len(packed) != _BYTES_BY_FAMILY.get(family):
        return
    try:
        interface = socket.if_indextoname(int.from_bytes(interface_number, _NATIVE))
    except (OSError, OverflowError):  # gone meanwhile
        return
    yield Gateway(with_link(socket.inet_ntop(family, packed), interface), interface)


def _hops(wire: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the number of the interface, and the attributes, of each struct rtnexthop."""
    at = 0
    while at + _HOP.size <= len(wire):
        length, _, _, interface = _HOP.unpack_from(wire, at)
        if length < _HOP.size:
            return
        yield interface, wire[at + _HOP.size : at + length]
        at += (length + 3) & ~3  # RTNH_ALIGN


def _of_file(path: Path, read: Callable[[str], Iterator[Gateway]]) -> list[Gateway]:
    try:
        return list(read(path.read_text(encoding="ascii", errors="replace")))
    except OSError:
        return []


_ROUTES_OF_IPV4: Final = Path("/proc/thread-self/net/route")
_ROUTES_OF_IPV6: Final = Path("/proc/thread-self/net/ipv6_route")
_ROUTE_FIELDS: Final = 8
_IPV6_ROUTE_FIELDS: Final = 10
_BYTES_BY_FAMILY: Final = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}
_FAMILY_BYTES: Final = 2
_NATIVE: Final = sys.byteorder

# linux/rtnetlink.h
_ROUTE: Final = struct.Struct("=BBBBBBBBI")  # struct rtmsg
_HOP: Final = struct.Struct("=HBB4s")  # struct rtnexthop
_RTM_NEWROUTE: Final = 24
_RTM_GETROUTE: Final = 26
_RTN_UNICAST: Final = 1
_RTA_OIF: Final = 4
_RTA_GATEWAY: Final = 5
_RTA_MULTIPATH: Final = 9
_RTA_VIA: Final = 18
