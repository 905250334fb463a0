"""An index, written: its content under a new name, made durable, then renamed."""

import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from filterdns.blocklists.content import Names, SourceSet, join_sets, numbered
from filterdns.blocklists.durable import new_file
from filterdns.blocklists.gate import gate_bits
from filterdns.blocklists.layout import Claim, Header, Kind, Source, Table
from filterdns.blocklists.pattern import LabelPattern


class Origin(NamedTuple):
    """Where the content of an index comes from.

    *lists* with the file names of their *runs*, then the sources of label *patterns*.
    """

    lists: tuple[Source, ...]
    runs: tuple[str, ...]
    patterns: tuple[tuple[Source, tuple[LabelPattern, ...]], ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources, in the order of their places."""
        return (*self.lists, *(source for source, _ in self.patterns))


def write_index(
    target: Path,
    origin: Origin,
    pieces: Sequence[Names],
    gate: bytes | bytearray,
    *,
    hash_key: bytes,
    content_key: bytes,
) -> None:
    """Write the index of *pieces*, which follow one another, to *target*.

    Raises `BlocklistError` if the disk refuses or there are too many set ids.
    """
    pattern_sets = [(len(origin.lists) + place,) for place in range(len(origin.patterns))]
    sets, names_by_set = join_sets(pieces, pattern_sets)
    table = _table(origin, sets, names_by_set, pattern_sets).to_bytes()
    names = sum(len(piece.set_ids) for piece in pieces)
    parts = [
        _buckets(pieces),
        *(piece.lows for piece in pieces),
        *(piece.middles for piece in pieces),
        *(numbered(piece, sets) for piece in pieces),
        gate,
    ]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    header = Header(
        names=names,
        table_bytes=len(table),
        gate_bits=gate_bits(names),
        hash_key=hash_key,
        content_key=content_key,
        names_checksum=checksum,
        table_checksum=zlib.crc32(table),
    )
    with new_file(target) as file:
        file.write(header.to_bytes())
        for part in parts:
            file.write(part)
        file.write(table)


def _table(
    origin: Origin,
    sets: Sequence[SourceSet],
    names_by_set: Sequence[int],
    pattern_sets: Sequence[SourceSet],
) -> Table:
    # Only blocks yet: no format that is read has others.
    blocks = [Claim(place, Kind.BLOCK) for place in range(len(origin.sources))]
    return Table(
        sources=origin.sources,
        sets=tuple(tuple(blocks[place] for place in sources) for sources in sets),
        names_by_set=tuple(names_by_set),
        runs=origin.runs,
        patterns=tuple(
            (sets.index(sources), rules)
            for sources, (_, rules) in zip(pattern_sets, origin.patterns, strict=True)
        ),
    )


def _buckets(pieces: Sequence[Names]) -> "array[int]":
    buckets = array("I", [0])
    for piece in pieces:
        before = buckets[-1]
        buckets.extend([before + end for end in piece.ends])
    return buckets
