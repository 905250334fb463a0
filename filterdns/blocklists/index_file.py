"""An index, written: its content under a new name, made durable, then renamed."""

import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from filterdns.blocklists.address_ranges import NO_ADDRESSES, Joined
from filterdns.blocklists.content import ColumnSet, Names, columns_of, join_sets, numbered
from filterdns.blocklists.durable import new_file
from filterdns.blocklists.gate import gate_bits
from filterdns.blocklists.layout import Claim, Header, Kind, QualifiedName, Source, Table
from filterdns.blocklists.pattern import LabelPattern
from filterdns.blocklists.run import Run


class Origin(NamedTuple):
    """Where the content of an index comes from.

    *lists* with the file names of their *runs*, then the sources of label *patterns*. *columns* are
    those of all runs, *qualified* their blocks for some types of question, *addresses* what each of
    the lists says of addresses, joined.
    """

    lists: tuple[Source, ...]
    runs: tuple[str, ...]
    patterns: tuple[tuple[Source, tuple[LabelPattern, ...]], ...]
    columns: tuple[Claim, ...]
    qualified: tuple[QualifiedName, ...] = ()
    addresses: Joined = NO_ADDRESSES

    @classmethod
    def of(
        cls,
        lists: Sequence[tuple[Source, Run]],
        patterns: tuple[tuple[Source, tuple[LabelPattern, ...]], ...] = (),
    ) -> Self:
        """Return the origin of an index of *lists*, which are open, and of label *patterns*."""
        runs = [run for _, run in lists]
        return cls(
            tuple(source for source, _ in lists),
            tuple(run.path.name for run in runs),
            patterns,
            tuple(columns_of(runs)),
            tuple(
                QualifiedName(place, each.name.hex(), each.types, each.is_negated)
                for place, run in enumerate(runs)
                for each in run.qualified
            ),
            Joined.of(run.addresses for run in runs),
        )

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
    pattern_sets = [(len(origin.columns) + place,) for place in range(len(origin.patterns))]
    sets, names_by_set = join_sets(pieces, pattern_sets)
    table = _table(origin, sets, names_by_set, pattern_sets).to_bytes()
    names = sum(len(piece.set_ids) for piece in pieces)
    ranges = origin.addresses.ranges
    parts = [
        _buckets(pieces),
        *(piece.lows for piece in pieces),
        *(piece.middles for piece in pieces),
        *(numbered(piece, sets) for piece in pieces),
        gate,
        *ranges,
    ]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    header = Header(
        names=names,
        table_bytes=len(table),
        ipv4=len(ranges.ipv4_starts),
        ipv6=len(ranges.ipv6_highs),
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
    sets: Sequence[ColumnSet],
    names_by_set: Sequence[int],
    pattern_sets: Sequence[ColumnSet],
) -> Table:
    first = len(origin.lists)
    claims = [
        *origin.columns,
        *(Claim(first + place, Kind.BLOCK) for place in range(len(origin.patterns))),
    ]
    return Table(
        sources=origin.sources,
        sets=tuple(tuple(claims[column] for column in columns) for columns in sets),
        names_by_set=tuple(names_by_set),
        runs=origin.runs,
        patterns=tuple(
            (sets.index(columns), rules)
            for columns, (_, rules) in zip(pattern_sets, origin.patterns, strict=True)
        ),
        qualified=origin.qualified,
        address_sets=origin.addresses.sets,
    )


def _buckets(pieces: Sequence[Names]) -> "array[int]":
    buckets = array("I", [0])
    for piece in pieces:
        before = buckets[-1]
        buckets.extend([before + end for end in piece.ends])
    return buckets
