"""How full the kernel's neighbour tables are (arp(7), gc_thresh; rtnetlink, RTM_GETNEIGHTBL).

Beyond its second threshold the kernel forgets neighbours, beyond the third one it takes no new
ones: whoever is behind those addresses is unknown then, and hears nothing from us. The tables are
one for the whole machine, all containers together.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.netlink import dump, read_attributes, read_messages


class NeighbourLimits(NamedTuple):
    """The table of IPv4 or IPv6 (*version*): *entries*, and how many there may be.

    *kept* is where the kernel begins to forget (gc_thresh2), *at_most* where it refuses
    (gc_thresh3). *refused* counts how often that has happened since the machine was started.
    """

    version: int
    entries: int
    kept: int
    at_most: int
    refused: int


def neighbour_limits() -> list[NeighbourLimits]:
    """Return those of both families; nothing where the kernel does not tell."""
    try:
        return [each for wire in dump(_RTM_GETNEIGHTBL, bytes(4)) for each in read_limits(wire)]
    except OSError:
        return list(_of_files())


def read_limits(wire: bytes) -> Iterator[NeighbourLimits]:
    """Yield the tables that *wire* describes; messages about single interfaces are passed over."""
    for kind, body in read_messages(wire):
        if kind != _RTM_NEWNEIGHTBL:
            continue
        attributes = dict(read_attributes(body[_TABLE_BYTES:]))
        version = _VERSION_BY_NAME.get(attributes.get(_NDTA_NAME, b"").rstrip(b"\0"))
        config = attributes.get(_NDTA_CONFIG, b"")
        if version is None or len(config) < _CONFIG.size:
            continue
        _, _, entries = _CONFIG.unpack_from(config)
        kept, at_most = (_number(attributes, each) for each in (_NDTA_THRESH2, _NDTA_THRESH3))
        statistics = attributes.get(_NDTA_STATS, b"")
        refused = int.from_bytes(statistics[_TABLE_FULLS_AT : _TABLE_FULLS_AT + 8], _NATIVE)
        yield NeighbourLimits(version, entries, kept, at_most, refused)


def _number(attributes: dict[int, bytes], kind: int) -> int:
    return int.from_bytes(attributes.get(kind, b""), _NATIVE)


def _of_files() -> Iterator[NeighbourLimits]:
    for version, name in ((4, "arp_cache"), (6, "ndisc_cache")):
        folder = Path("/proc/sys/net", f"ipv{version}", "neigh", "default")
        try:
            kept, at_most = (int((folder / f"gc_thresh{each}").read_text()) for each in (2, 3))
            head, first, *_ = Path("/proc/net/stat", name).read_text().splitlines()
            counts = dict(zip(head.split(), first.split(), strict=False))
            entries, refused = (int(counts[each], 16) for each in ("entries", "table_fulls"))
        except (OSError, ValueError, KeyError):
            continue
        yield NeighbourLimits(version, entries, kept, at_most, refused)


_NATIVE: Final = sys.byteorder
_VERSION_BY_NAME: Final = {b"arp_cache": 4, b"ndisc_cache": 6}

# linux/neighbour.h
_TABLE_BYTES: Final = 4  # struct ndtmsg
_CONFIG: Final = struct.Struct("=HHI")  # the head of struct ndt_config
_TABLE_FULLS_AT: Final = 80  # in struct ndt_stats, behind ten counters
_NDTA_NAME: Final = 1
_NDTA_THRESH2: Final = 3
_NDTA_THRESH3: Final = 4
_NDTA_CONFIG: Final = 5
_NDTA_STATS: Final = 7

# linux/rtnetlink.h
_RTM_NEWNEIGHTBL: Final = 64
_RTM_GETNEIGHTBL: Final = 66
