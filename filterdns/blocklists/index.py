"""The index: every name of every list in one immutable file, mapped and never read whole.

On the hot path: one look-up per question, and nothing imported that could read a list.
"""

import mmap
import struct
from bisect import bisect_left
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self
from zlib import crc32

from filterdns.blocklists.at_hand import keep_at_hand
from filterdns.blocklists.gate import byte_shift
from filterdns.blocklists.layout import (
    Claim,
    Header,
    Kind,
    Source,
    Table,
    Views,
    read_header,
    read_table,
)
from filterdns.blocklists.mapped import map_file, read_at, unusable
from filterdns.blocklists.pattern import LabelMatcher
from filterdns.blocklists.speakers import Speakers, resolve
from filterdns.dns.names import label_count
from filterdns.errors import BlocklistError

__all__ = ["Claim", "Index", "Kind", "Source"]


class Index:
    """An open index. Use `open`, and `close` when nobody looks anything up in it any more.

    *key* identifies the content (16 bytes): equal keys mean equal claims. *names* is how many
    names it holds, *sets* what each set id stands for: claims on places in *sources*, *categories*
    those that some source feeds with names, *address_categories* with addresses. *header*, *table*
    and *views* are what it is made of.
    """

    __slots__ = (
        "_address_sets", "_categories", "_gate", "_gate_shift", "_map", "_matcher", "_qualified",
        "_ranges", "_speakers", "_start_hash", "_unlisted_tops", "address_categories", "categories",
        "header", "key", "names", "path", "sets", "sources", "table", "views",
    )  # fmt: skip

    def __init__(self, path: Path, mapped: mmap.mmap, header: Header, table: Table) -> None:
        self.path = path
        self.key = header.content_key
        self.names = header.names
        self.sources = table.sources
        self.sets = table.sets
        self.header = header
        self.table = table
        self.views = Views.of(mapped, header.parts)
        self._map = mapped
        self._gate = self.views.gate
        self._gate_shift = byte_shift(header.gate_bits)
        self._start_hash = blake2b(digest_size=8, salt=header.hash_key).copy  # see `name_hash`
        self._unlisted_tops: set[bytes] = set()
        self._matcher = LabelMatcher(table.patterns) if table.patterns else None
        self._speakers = Speakers(table)
        self._categories = self._speakers.plain
        self._qualified = self._speakers.qualified
        self.categories = self._speakers.categories
        self._ranges = header.ranges(mapped)
        category_by_source = self._speakers.category_by_source
        self._address_sets = [
            frozenset(category_by_source[source] for source in sources)
            for sources in table.address_sets or ((),)
        ]
        self.address_categories = frozenset[str]().union(*self._address_sets)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the index at *path*, in a time that does not depend on its size.

        Raises `BlocklistError` with place, found and expected if it is missing, of another version
        or machine, not as long as its header says, or damaged in its header or table.
        """
        mapped = map_file(path)
        try:
            header = read_header(path, read_at(path, 0, _ENOUGH_FOR_HEADER), len(mapped))
            table = read_table(path, header, read_at(path, header.parts.table, len(mapped)))
        except BlocklistError:
            mapped.close()
            raise
        return cls(path, mapped, header, table)

    def claims(self, suffixes: Sequence[bytes], qtype: int) -> Sequence[tuple[int, frozenset[str]]]:
        """Return (label count, categories) of each name that blocks a question, longest first.

        *suffixes* are the asked name and those above it, *qtype* is the type of the question. The
        label count of a label pattern is that from the matching label to the end of the name.
        """
        found = self.listed(suffixes)
        qualified = self._qualified
        if not found and (not qualified or qualified.keys().isdisjoint(suffixes)):
            return ()
        plain = self._categories
        claims = []
        for labels, set_id in found:
            categories = plain[set_id]
            if categories is None:
                return resolve(self._speakers, suffixes, qtype, found)
            claims.append((labels, categories))
        return resolve(self._speakers, suffixes, qtype, found) if qualified else claims

    def categories_of(self, address: bytes) -> frozenset[str]:
        """Return the categories that list the packed *address*, or a network that holds it."""
        return self._address_sets[self._ranges.set_id(address)]

    def sources_of(self, address: bytes) -> Sequence[Source]:
        """Return the sources that list the packed *address*, or a network that holds it."""
        if not self.table.address_sets:
            return ()
        places = self.table.address_sets[self._ranges.set_id(address)]
        return [self.sources[place] for place in places]

    def listed(self, suffixes: Sequence[bytes]) -> Sequence[tuple[int, int]]:
        """Return (label count, set id) of each listed one of a name's *suffixes*, longest first."""
        gate, shift = self._gate, self._gate_shift
        found = []
        for suffix in suffixes:
            # Most suffixes end here: see `gate.py`.
            if (
                gate[(crc := crc32(suffix)) >> shift] >> (crc & 7) & 1
                and (set_id := self._set_id(suffix)) is not None
            ):
                found.append((label_count(suffix), set_id))  # noqa: PERF401 - a call less
        if self._matcher is None or not suffixes:
            return found
        if matched := self._matcher.claims(suffixes[0]):
            found = sorted(found + matched, reverse=True)
        return found

    def _set_id(self, name: bytes) -> int | None:
        """Return the set id of *name*, None if it is not listed."""
        if name in self._unlisted_tops:
            return None
        state = self._start_hash()
        state.update(name)
        bucket, middle, low = _split_hash(state.digest())
        buckets, lows, middles, set_ids, _ = self.views
        end = buckets[bucket + 1]
        place = bisect_left(middles, middle, buckets[bucket], end)
        while place < end and middles[place] == middle:
            if lows[place] == low:
                return set_ids[place]
            place += 1
        # Nearly every name ends with one of a few labels: no need to look for these again.
        if name[0] == len(name) - 2 and len(self._unlisted_tops) < _MAX_UNLISTED_TOPS:
            self._unlisted_tops.add(name)
        return None

    def verify(self) -> None:
        """Read every byte once. Raises `BlocklistError` if a name or a set id was damaged."""
        checksum, parts = 0, self.header.parts
        for at in range(parts.buckets, parts.table, _READ_BYTES):
            piece = read_at(self.path, at, min(_READ_BYTES, parts.table - at))
            checksum = crc32(piece, checksum)
        if checksum != self.header.names_checksum:
            raise unusable(self.path, "damaged names", "those that fit their checksum")

    def keep_at_hand(self) -> bool:
        """Read the file once, so that no look-up waits for the disk; see `at_hand`."""
        return keep_at_hand(self.path, self._map)

    def close(self) -> None:
        """Give the mapping back; the index cannot be asked any more. May be called twice."""
        self.views.release()
        self._ranges.release()
        self._map.close()


_MAX_UNLISTED_TOPS: Final = 4096  # there are 1,400 top-level domains; clients invent others
_ENOUGH_FOR_HEADER: Final = 4096
_READ_BYTES: Final = 1 << 20
_split_hash: Final = struct.Struct(">HHI").unpack
