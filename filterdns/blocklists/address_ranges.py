"""The addresses and networks of all lists, cut into ranges that do not overlap.

Each range begins at an address and ends where the next one does; of each the set id says which
sources list it, 0 for none. So a look-up is one bisection, whatever the number and length of the
networks. An IPv6 address is two columns of 64 bits.
"""

import socket
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple, Self, TypeAlias

from filterdns.errors import BlocklistError

Column: TypeAlias = "array[int] | memoryview[int]"
MAX_SETS: Final = 1 << 16

AddressSet = tuple[int, ...]
"""Places of sources, ascending."""


class Ranges(NamedTuple):
    """The ranges of both versions; columns of one version are equally long."""

    ipv4_starts: "Column"
    ipv4_sets: "Column"
    ipv6_highs: "Column"
    ipv6_lows: "Column"
    ipv6_sets: "Column"

    def set_id(self, packed: bytes) -> int:
        """Return the set id of the *packed* address, 0 where no list has it."""
        if len(packed) == _IPV4_BYTES:
            (number,) = _IPV4(packed)
            place = bisect_right(self.ipv4_starts, number)
            return self.ipv4_sets[place - 1] if place else 0
        high, low = _IPV6(packed)
        first = bisect_left(self.ipv6_highs, high)
        last = bisect_right(self.ipv6_highs, high, first)
        place = bisect_right(self.ipv6_lows, low, first, last)
        return self.ipv6_sets[place - 1] if place else 0

    def release(self) -> None:
        """Let go of the file that the columns are mapped from. May be called twice."""
        for column in self:
            if isinstance(column, memoryview):
                column.release()


class Joined(NamedTuple):
    """Ranges as they are written, and what their set ids stand for."""

    ranges: Ranges
    sets: tuple[AddressSet, ...]

    @classmethod
    def of(cls, texts_by_source: Iterable[Iterable[str]]) -> Self:
        """Join the addresses and networks that each source has, as texts.

        Raises `BlocklistError` for more combinations of sources than there are set ids.
        """
        edges: dict[int, list[_Edge]] = {_IPV4_BITS: [], _IPV6_BITS: []}
        for source, texts in enumerate(texts_by_source):
            for text in texts:
                bits, start, end = _bounds(text)
                edges[bits] += (_Edge(start, source, 1), _Edge(end, source, -1))
        id_by_set: dict[AddressSet, int] = {(): 0}
        ipv4 = list(_cut(edges[_IPV4_BITS], id_by_set))
        ipv6 = list(_cut(edges[_IPV6_BITS], id_by_set))
        if len(id_by_set) > MAX_SETS:
            raise BlocklistError(
                f"found {len(id_by_set)} combinations of lists that list an address, "
                f"expected at most {MAX_SETS}; use fewer lists"
            )
        ranges = Ranges(
            array("I", [start for start, _ in ipv4 if start <= _IPV4_LAST]),
            array("H", [set_id for start, set_id in ipv4 if start <= _IPV4_LAST]),
            array("Q", [start >> 64 for start, _ in ipv6 if start <= _IPV6_LAST]),
            array("Q", [start & _LOW for start, _ in ipv6 if start <= _IPV6_LAST]),
            array("H", [set_id for start, set_id in ipv6 if start <= _IPV6_LAST]),
        )
        return cls(ranges, tuple(id_by_set))


class _Edge(NamedTuple):
    """Where a network of a source begins (*step* 1), or has just ended (-1)."""

    at: int
    source: int
    step: int


_IPV4_BYTES: Final = 4
_IPV4_BITS: Final = 32
_IPV6_BITS: Final = 128
_IPV4_LAST: Final = (1 << _IPV4_BITS) - 1
_IPV6_LAST: Final = (1 << _IPV6_BITS) - 1
_LOW: Final = (1 << 64) - 1
_IPV4: Final = Struct("!I").unpack
_IPV6: Final = Struct("!QQ").unpack


def _bounds(text: str) -> tuple[int, int, int]:
    """Return how many bits addresses have, the first of the network *text*, and the one behind."""
    address, _, length = text.partition("/")
    family, bits = (socket.AF_INET6, _IPV6_BITS) if ":" in address else (socket.AF_INET, _IPV4_BITS)
    spare = bits - int(length or bits)
    start = int.from_bytes(socket.inet_pton(family, address)) >> spare << spare
    return bits, start, start + (1 << spare)


def _cut(edges: list[_Edge], id_by_set: dict[AddressSet, int]) -> Iterator[tuple[int, int]]:
    """Yield each address from which another set of sources lists what follows, and its id."""
    depth_by_source: dict[int, int] = {}
    edges.sort()
    before = 0
    for place, (at, source, step) in enumerate(edges):
        depth = depth_by_source.pop(source, 0) + step
        if depth:
            depth_by_source[source] = depth
        if place + 1 < len(edges) and edges[place + 1].at == at:
            continue
        found = tuple(sorted(depth_by_source))
        set_id = id_by_set.setdefault(found, len(id_by_set))
        if set_id != before:
            yield at, set_id
            before = set_id


NO_ADDRESSES: Final = Joined.of(())
"""Ranges that no source lists anything in."""
