"""The kernel's neighbour tables in its own words: IPv4 (ARP) and IPv6 (NDP) by rtnetlink(7)."""

import socket
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from filterdns.devices.neighbour import is_device_mac, write_mac
from filterdns.netlink import dump, read_attributes, read_messages, watch


class Entry(NamedTuple):
    """What the kernel says of an address on one of its interfaces (a number).

    *address* has no link yet. *mac* is empty where nobody answers for the address: the entry was
    deleted, the kernel is still asking, or nobody has answered. *confirmed_seconds* is how long ago
    the neighbour has last shown that it is there, None where that is not told.
    """

    interface: int
    address: str
    mac: str
    is_router: bool = False
    confirmed_seconds: float | None = None


def all_entries() -> list[Entry]:
    """Return the tables of both families; raises `OSError` where the kernel has no rtnetlink."""
    request = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
    return [each for wire in dump(_RTM_GETNEIGH, request) for each in read_entries(wire)]


def watch_entries() -> socket.socket:
    """Return a non-blocking socket that receives what changes, to be read with `read_entries`.

    Raises `OSError` where the kernel has no rtnetlink.
    """
    netlink = watch(_RTMGRP_NEIGH)
    # Thousands of devices may wake up at once; the kernel grants what net.core.rmem_max lets it.
    netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    return netlink


def read_entries(wire: bytes) -> Iterator[Entry]:
    """Yield what the neighbour messages in *wire* say, in their order."""
    for kind, body in read_messages(wire):
        if kind not in (_RTM_NEWNEIGH, _RTM_DELNEIGH) or len(body) < _NEIGHBOUR.size:
            continue
        family, _, _, interface, state, flags, _ = _NEIGHBOUR.unpack_from(body)
        attributes = dict(read_attributes(body[_NEIGHBOUR.size :]))
        packed = attributes.get(_NDA_DST, b"")
        # Bridges tell their forwarding tables in such messages, too (AF_BRIDGE).
        if len(packed) != _BYTES_BY_FAMILY.get(family) or flags & _NTF_PROXY:
            continue
        address = socket.inet_ntop(family, packed)
        hardware = attributes.get(_NDA_LLADDR, b"")
        if kind == _RTM_DELNEIGH or not state & _ANSWERED or not is_device_mac(hardware):
            yield Entry(interface, address, "")
            continue
        ago = _confirmed_seconds(attributes.get(_NDA_CACHEINFO, b""))
        yield Entry(interface, address, write_mac(hardware), bool(flags & _NTF_ROUTER), ago)


def _confirmed_seconds(cache_info: bytes) -> float | None:
    if len(cache_info) < _CACHE_INFO.size:
        return None
    confirmed, _, updated, _ = _CACHE_INFO.unpack_from(cache_info)
    # A neighbour that asks for us is entered without being confirmed: it was there, too.
    return float(min(confirmed, updated)) / _TICKS_A_SECOND


_RECEIVE_BYTES: Final = 1 << 20
_TICKS_A_SECOND: Final = 100  # USER_HZ, the same on all machines that we know
_BYTES_BY_FAMILY: Final = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}

# linux/neighbour.h
_NEIGHBOUR: Final = struct.Struct("=BBHiHBB")  # struct ndmsg
_CACHE_INFO: Final = struct.Struct("=IIII")  # struct nda_cacheinfo, in ticks ago
_NDA_DST: Final = 1
_NDA_LLADDR: Final = 2
_NDA_CACHEINFO: Final = 3
_NTF_PROXY: Final = 0x08
_NTF_ROUTER: Final = 0x80
# NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT. Not INCOMPLETE, FAILED: nobody has answered; not
# NOARP: group addresses and loopback.
_ANSWERED: Final = 0x02 | 0x04 | 0x08 | 0x10 | 0x80

# linux/rtnetlink.h
_RTM_NEWNEIGH: Final = 28
_RTM_DELNEIGH: Final = 29
_RTM_GETNEIGH: Final = 30
_RTMGRP_NEIGH: Final = 0x004
