"""The bytes of the index file, which `index_file.py` writes and `index.py` reads.

In the byte order of the machine that built it:

| part    | what                                                                            |
|---------|---------------------------------------------------------------------------------|
| header  | `Header`, with its own checksum, padded to 128 bytes                            |
| buckets | 65,537 x 32 bits: where the names begin whose hash has these first 16 bits      |
| lows    | 32 bits a name: the last 32 bits of its hash                                    |
| middles | 16 bits a name: the 16 bits between, ascending within a bucket                  |
| sets    | 16 bits a name: the set id, that is which sources claim it                      |
| gate    | a bit for each slot: whether any name has it; see `gate.py`                     |
| ranges  | five columns: where addresses begin and which sources list them; `address_ranges.py` |
| table   | JSON: the sources, what each set id stands for, the label patterns              |

That is 8 bytes a name, and one for the gate; 6 or 18 bytes a range. What stands there follows from
the sources alone, not from how they came together: set ids are numbered by what they stand for.
"""

import json
import mmap
import struct
import zlib
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple, Self

from filterdns.blocklists.address_ranges import AddressSet, Ranges
from filterdns.blocklists.mapped import unusable
from filterdns.blocklists.name_hash import KEY_LENGTH
from filterdns.blocklists.pattern import LabelPattern

FORMAT_VERSION: Final = 4
CONTENT_KEY_LENGTH: Final = 16
BUCKETS: Final = 1 << 16
MAX_SETS: Final = 1 << 16

_MAGIC: Final = b"FDNSIDX\x00"
_BYTE_ORDER: Final = 0x01020304
_HEADER: Final = struct.Struct(f"=8sIIQQQQH{KEY_LENGTH}s{CONTENT_KEY_LENGTH}sII")
_CHECKSUM: Final = struct.Struct("=I")
_HEADER_BYTES: Final = 128  # more than it needs; what follows stays aligned


class Kind(IntEnum):
    """What a source says about a name.

    BLOCK covers the name and what lies below it, EXACT the name alone, BELOW only what lies below.
    The exceptions lift what the same source says above them; QUALIFIED is a BLOCK for some types of
    question.
    """

    BLOCK = 0
    EXACT = 1
    BELOW = 2
    EXCEPTION = 3
    EXACT_EXCEPTION = 4
    QUALIFIED = 5


class Source(NamedTuple):
    """A list as the index knows it; *entries* is how many names or label patterns it gave."""

    name: str
    category: str
    entries: int


class Claim(NamedTuple):
    """That one source, by its place among all, speaks about a name, and how."""

    source: int
    kind: Kind


class QualifiedName(NamedTuple):
    """A source's block of a name (hex) for questions of *types*, or of all others."""

    source: int
    name: str
    types: tuple[int, ...]
    is_negated: bool


class Table(NamedTuple):
    """The small part of the index: sources, what a set id stands for, patterns by set id.

    *names_by_set* is how many names have each set id, *runs* the file names of the runs of the
    first sources, in their order: those that have patterns stand behind them. *address_sets* are
    the places of the sources that list a range of addresses, by its set id.
    """

    sources: tuple[Source, ...]
    sets: tuple[tuple[Claim, ...], ...]
    names_by_set: tuple[int, ...]
    runs: tuple[str, ...]
    patterns: tuple[tuple[int, tuple[LabelPattern, ...]], ...]
    qualified: tuple[QualifiedName, ...] = ()
    address_sets: tuple[AddressSet, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the table as it stands in the file."""
        claims = sorted({claim for claims in self.sets for claim in claims})
        place = {claim: place for place, claim in enumerate(claims)}
        sets = [[place[claim] for claim in claims] for claims in self.sets]
        content = (self.sources, claims, sets, *self[2:])
        return json.dumps(content, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the table that `to_bytes` wrote.

        Raises `ValueError`, `TypeError` or `LookupError` on other bytes. Claims are few and shared
        by the sets, which are many: a new index must not hold up answers.
        """
        sources, claims, sets, names_by_set, runs, patterns, qualified, addresses = json.loads(data)
        claim_at = [Claim(source, Kind(kind)) for source, kind in claims].__getitem__
        return cls(
            tuple(Source(*source) for source in sources),
            tuple(tuple(map(claim_at, places)) for places in sets),
            tuple(names_by_set),
            tuple(runs),
            tuple(
                (set_id, tuple(LabelPattern(*map(tuple, rule)) for rule in rules))
                for set_id, rules in patterns
            ),
            tuple(
                QualifiedName(source, name, tuple(types), is_negated)
                for source, name, types, is_negated in qualified
            ),
            tuple(map(tuple, addresses)),
        )


class Header(NamedTuple):
    """The first bytes of the file. The checksums are CRC-32, the lengths bytes.

    *ipv4* and *ipv6* are how many ranges of addresses there are. The gate has 2 to the power of
    *gate_bits* slots. *hash_key* is the key of `make_name_hash`.
    """

    names: int
    table_bytes: int
    ipv4: int
    ipv6: int
    gate_bits: int
    hash_key: bytes
    content_key: bytes
    names_checksum: int
    table_checksum: int

    def to_bytes(self) -> bytes:
        """Return the header as it stands in the file, padding included."""
        packed = _HEADER.pack(_MAGIC, _BYTE_ORDER, FORMAT_VERSION, *self)
        return (packed + _CHECKSUM.pack(zlib.crc32(packed))).ljust(_HEADER_BYTES, b"\x00")

    @property
    def parts(self) -> "Parts":
        """Where everything stands."""
        lows = _HEADER_BYTES + 4 * (BUCKETS + 1)
        middles = lows + 4 * self.names
        sets = middles + 2 * self.names
        gate = sets + 2 * self.names
        ranges = gate + (1 << self.gate_bits >> 3)
        table = ranges + 6 * self.ipv4 + 18 * self.ipv6
        return Parts(
            _HEADER_BYTES, lows, middles, sets, gate, ranges, table, table + self.table_bytes
        )

    def ranges(self, mapped: mmap.mmap) -> Ranges:
        """Return the ranges of addresses in the file that is *mapped*, looked at in place.

        They have to be released before the file can be closed.
        """
        at = self.parts.ranges
        ipv4_sets = at + 4 * self.ipv4
        highs = ipv4_sets + 2 * self.ipv4
        lows = highs + 8 * self.ipv6
        ipv6_sets = lows + 8 * self.ipv6
        with memoryview(mapped) as view:
            return Ranges(
                view[at:ipv4_sets].cast("I"),
                view[ipv4_sets:highs].cast("H"),
                view[highs:lows].cast("Q"),
                view[lows:ipv6_sets].cast("Q"),
                view[ipv6_sets : self.parts.table].cast("H"),
            )


class Parts(NamedTuple):
    """The offsets of the parts of the file; *end* is its size."""

    buckets: int
    lows: int
    middles: int
    sets: int
    gate: int
    ranges: int
    table: int
    end: int


class Views(NamedTuple):
    """The parts that grow with the names, looked at in place."""

    buckets: "memoryview[int]"
    lows: "memoryview[int]"
    middles: "memoryview[int]"
    set_ids: "memoryview[int]"
    gate: "memoryview[int]"

    @classmethod
    def of(cls, mapped: mmap.mmap, parts: Parts) -> Self:
        """Return the views of the file that is *mapped*; it can be closed when they are."""
        with memoryview(mapped) as view:
            return cls(
                view[parts.buckets : parts.lows].cast("I"),
                view[parts.lows : parts.middles].cast("I"),
                view[parts.middles : parts.sets].cast("H"),
                view[parts.sets : parts.gate].cast("H"),
                view[parts.gate : parts.ranges],
            )

    def release(self) -> None:
        """Let go of the mapping. May be called twice."""
        for view in self:
            view.release()


def read_header(path: Path, data: bytes, size_bytes: int) -> Header:
    """Return the header in *data*, the first bytes of the file at *path* of *size_bytes*.

    Raises `BlocklistError` with place, found and expected.
    """
    if len(data) < _HEADER_BYTES:
        raise unusable(path, f"{len(data)} bytes", f"a header of {_HEADER_BYTES} bytes")
    magic, byte_order, version, *values = _HEADER.unpack_from(data)
    if magic != _MAGIC or byte_order != _BYTE_ORDER:
        raise unusable(path, f"a file that starts with {magic.hex()}", "an index of this machine")
    if version != FORMAT_VERSION:
        raise unusable(path, f"format version {version}", f"version {FORMAT_VERSION}")
    (checksum,) = _CHECKSUM.unpack_from(data, _HEADER.size)
    if checksum != zlib.crc32(data[: _HEADER.size]):
        raise unusable(path, "a damaged header", "one that fits its checksum")
    header = Header(*values)
    if size_bytes != header.parts.end:
        raise unusable(path, f"{size_bytes} bytes", f"{header.parts.end} bytes")
    return header


def read_table(path: Path, header: Header, data: bytes) -> Table:
    """Return the table in *data*. Raises `BlocklistError` if it does not fit its checksum."""
    if zlib.crc32(data) != header.table_checksum:
        raise unusable(path, "a damaged table of sources", "one that fits its checksum")
    try:
        return Table.from_bytes(data)
    except (ValueError, TypeError, LookupError) as error:
        raise unusable(path, f"a table that cannot be read ({error})", "JSON") from error
