"""One source, compiled: the sorted hashes of its names, in a file named by what it was made from.

The name of the file is a hash of the source's bytes, the hash key and the format version, so a run
that exists never has to be made again, and a change of any of them makes another.
"""

import json
import mmap
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.mapped import map_file, unusable
from filterdns.blocklists.own_rules import Qualified
from filterdns.blocklists.parse_report import Skipped
from filterdns.errors import BlocklistError

FORMAT_VERSION: Final = 4  # of the file and of what `parse` reads: raise it when either changes
RUN_SUFFIX: Final = ".run"
WORTH_HELP_BYTES: Final = 1 << 20
HASHED_KINDS: Final = (
    Kind.BLOCK,
    Kind.EXACT,
    Kind.BELOW,
    Kind.EXCEPTION,
    Kind.EXACT_EXCEPTION,
)


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a list.

    Every entry is among *names*, *others*, *duplicates*, *twins*, *lifted*. *twins* are `www.x`
    beside `x`; *covered* of the *names* lie below another one. *lifted* are entries that other
    rules of the same list took out. *others* counts what is no plain block, by kind.
    """

    lines: int
    comments: int
    names: int
    duplicates: int
    twins: int
    covered: int
    lifted: int = 0
    addresses: int = 0
    others: dict[str, int] = field(default_factory=dict)
    skipped: dict[Reason, Skipped] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """How many entries are in force: names that are blocked, and all others."""
        return self.names + sum(self.others.values())

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Return the report that `asdict` took apart. Raises `TypeError` or `ValueError`."""
        skipped = {Reason(why): Skipped(**what) for why, what in values["skipped"].items()}
        return cls(**{**values, "skipped": skipped})


class Run:
    """An open run: views of the mapped file, and the *report* on the list.

    *hashes* of the names that it blocks, ascending, *hashes_by_kind* those of all kinds that it
    has; *crcs*, the CRC-32 of each entry of the list; *qualified*, the blocks for some types of
    question.
    """

    __slots__ = (
        "_addresses",
        "_map",
        "crcs",
        "hashes",
        "hashes_by_kind",
        "path",
        "qualified",
        "report",
    )

    def __init__(self, path: Path, mapped: mmap.mmap) -> None:
        self.path = path
        self._map = mapped
        _, _, _, entries, address_bytes, *counts = _HEADER.unpack_from(mapped)
        ends = list(accumulate(8 * count for count in counts))
        crcs_at = _HASHES_AT + ends[-1]
        addresses_at = crcs_at + 4 * entries
        table_at = addresses_at + address_bytes
        table = json.loads(mapped[table_at:])
        self.report = RunReport.from_values(table["report"])
        self.qualified = tuple(
            Qualified(bytes.fromhex(name), tuple(types), is_negated)
            for name, types, is_negated in table["qualified"]
        )
        self._addresses = addresses_at, table_at
        with memoryview(mapped) as view:
            self.crcs = view[crcs_at:addresses_at].cast("I")
            self.hashes_by_kind = {
                kind: view[_HASHES_AT + end - 8 * count : _HASHES_AT + end].cast("Q")
                for kind, count, end in zip(HASHED_KINDS, counts, ends, strict=True)
                if count or kind is Kind.BLOCK
            }
        self.hashes = self.hashes_by_kind[Kind.BLOCK]

    @property
    def addresses(self) -> list[str]:
        """The addresses and networks that the list holds, as they stand there."""
        start, end = self._addresses
        return self._map[start:end].decode().split()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the run at *path* and check all of it. Raises `BlocklistError` if it is damaged."""
        return cls._mapped(path, _check_whole)

    @classmethod
    def open_checked(cls, path: Path) -> Self:
        """Map the run at *path*, which another process has opened with `open`."""
        return cls._mapped(path, lambda path, mapped: None)

    @classmethod
    def _mapped(cls, path: Path, check: Callable[[Path, mmap.mmap], None]) -> Self:
        mapped = map_file(path)
        try:
            check(path, mapped)
        except BlocklistError:
            mapped.close()
            raise
        return cls(path, mapped)

    def close(self) -> None:
        """Give the mapping back. May be called twice."""
        for hashes in self.hashes_by_kind.values():
            hashes.release()
        self.crcs.release()
        self._map.close()


class RunContent(NamedTuple):
    """What a run is written of: hashes by kind, ascending, in pieces that follow one another.

    *report* is asked for when all pieces have been taken.
    """

    hashes_by_kind: Mapping[Kind, Iterable["array[int] | memoryview[int]"]]
    crcs: "array[int] | memoryview[int]"
    addresses: bytes
    qualified: tuple[Qualified, ...]
    report: Callable[[], RunReport]


def write_run(path: Path, content: RunContent) -> None:
    """Write *content* to *path*. Raises `BlocklistError` if the disk refuses."""
    checksum = 0
    counts = []
    with new_file(path) as file:
        file.write(bytes(_HASHES_AT))
        for kind in HASHED_KINDS:
            count = 0
            for hashes in content.hashes_by_kind.get(kind, ()):
                checksum = zlib.crc32(hashes, checksum)
                file.write(hashes)
                count += len(hashes)
            counts.append(count)
        table = {
            "report": asdict(content.report()),
            "qualified": [
                [name.hex(), types, is_negated] for name, types, is_negated in content.qualified
            ],
        }
        for part in (content.crcs, content.addresses, json.dumps(table).encode()):
            file.write(part)
            checksum = zlib.crc32(part, checksum)
        made = (_MAGIC, _BYTE_ORDER, FORMAT_VERSION, len(content.crcs), len(content.addresses))
        header = _HEADER.pack(*made, *counts)
        file.seek(0)
        file.write(header + _CHECKSUM.pack(zlib.crc32(header, checksum)))


_MAGIC: Final = b"FDNSRUN\x00"
_BYTE_ORDER: Final = 0x01020304
# Magic, byte order, version, entries, bytes of addresses, and how many hashes of each kind.
_HEADER: Final = struct.Struct("=8sIIQQ5Q")
_CHECKSUM: Final = struct.Struct("=Q")  # CRC-32 of all that follows, and of the header
_HASHES_AT: Final = _HEADER.size + _CHECKSUM.size


def _check_whole(path: Path, mapped: mmap.mmap) -> None:
    """Refuse the run in *mapped* unless all of it is as it was written."""
    if len(mapped) < _HASHES_AT:
        raise unusable(path, f"{len(mapped)} bytes", f"a header of {_HASHES_AT} bytes")
    header = mapped[: _HEADER.size]
    magic, byte_order, version, *_ = _HEADER.unpack(header)
    if (magic, byte_order, version) != (_MAGIC, _BYTE_ORDER, FORMAT_VERSION):
        raise unusable(path, f"{magic.hex()} version {version}", f"a run of {FORMAT_VERSION}")
    with memoryview(mapped) as view, view[_HASHES_AT:] as body:
        checksum = zlib.crc32(header, zlib.crc32(body))
    if _CHECKSUM.unpack_from(mapped, _HEADER.size) != (checksum,):
        raise unusable(path, "damaged or missing bytes", "those that fit the checksum")
