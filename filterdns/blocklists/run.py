"""One source, compiled: the sorted hashes of its names, in a file named by what it was made from.

The name of the file is a hash of the source's bytes, the hash key and the format version, so a run
that exists never has to be made again, and a change of any of them makes another.

`www.x` beside `x` in one list is one entry: hosts files write both for every site, and an adult who
allows `x` means both. Every other name below a listed one stays an entry of its own: allowing
`tumblr.example` must not open the listed blogs below it.
"""

import json
import mmap
import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import blake2b, file_digest
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, Self

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.mapped import map_file, unusable
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.parse import ParseReport, Reason, Skipped, parse
from filterdns.blocklists.shards import Shards
from filterdns.blocklists.source_text import MAX_TEXT_BYTES, read_text
from filterdns.errors import BlocklistError

FORMAT_VERSION: Final = 2  # of the file and of what `parse` reads: raise it when either changes
RUN_SUFFIX: Final = ".run"


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a list. Every entry is among *names*, *duplicates*, *twins* or *skipped*.

    *twins* are `www.x` beside `x`; *covered* of the *names* lie below another one.
    """

    lines: int
    comments: int
    names: int
    duplicates: int
    twins: int
    covered: int
    skipped: dict[Reason, Skipped] = field(default_factory=dict)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Return the report that `asdict` took apart. Raises `TypeError` or `ValueError`."""
        skipped = {Reason(why): Skipped(**what) for why, what in values["skipped"].items()}
        return cls(**{**values, "skipped": skipped})


class Run:
    """An open run: views of the mapped file, and the *report* on the list.

    *hashes* of the names, ascending; *crcs*, the CRC-32 of each entry of the list, in its order.
    """

    __slots__ = ("_map", "crcs", "hashes", "path", "report")

    def __init__(self, path: Path, mapped: mmap.mmap, report: RunReport) -> None:
        self.path = path
        self.report = report
        self._map = mapped
        _, _, _, names, entries = _HEADER.unpack_from(mapped)
        crcs_at = _HASHES_AT + 8 * names
        with memoryview(mapped) as view:
            self.hashes = view[_HASHES_AT:crcs_at].cast("Q")
            self.crcs = view[crcs_at : crcs_at + 4 * entries].cast("I")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the run at *path* and check all of it. Raises `BlocklistError` if it is damaged."""
        mapped = map_file(path)
        try:
            return cls(path, mapped, _checked_report(path, mapped))
        except BlocklistError:
            mapped.close()
            raise

    def close(self) -> None:
        """Give the mapping back. May be called twice."""
        self.hashes.release()
        self.crcs.release()
        self._map.close()


def compile_run(
    source: Path,
    folder: Path,
    hash_key: bytes,
    *,
    single_labels: bool = False,
    progress: Callable[[int], None] = lambda read_bytes: None,
) -> Run:
    """Return the run of *source*, made in *folder* unless it stands there whole.

    *single_labels* as in `parse`. *progress* is told how many bytes of the file have been read.
    Raises `BlocklistError` if the source cannot be read or changes meanwhile, or the disk refuses.
    """
    try:
        _check(source)
        with source.open("rb") as file:
            run_name = _run_name(file, hash_key, single_labels)
            path = folder / run_name
            try:
                return Run.open(path)
            except BlocklistError:  # not made yet, or damaged: making it cures both
                file.seek(0)
            parsed = ParseReport()
            shards = Shards(make_name_hash(hash_key))
            for names in parse(read_text(file, source), parsed, single_labels=single_labels):
                shards.add(names)
                progress(file.tell())
            file.seek(0)
            if _run_name(file, hash_key, single_labels) != run_name:
                raise BlocklistError(f"{source}: changed while it was read")
    except OSError as error:
        raise BlocklistError(f"{source}: cannot be read: {error.strerror or error}") from error
    _write_run(path, shards, parsed)
    return Run.open(path)


_MAGIC: Final = b"FDNSRUN\x00"
_BYTE_ORDER: Final = 0x01020304
_HEADER: Final = struct.Struct("=8sIIQQ")  # magic, byte order, version, names, entries
_CHECKSUM: Final = struct.Struct(
    "=Q"
)  # CRC-32 of hashes, crcs, report and header; 8 bytes to align
_HASHES_AT: Final = _HEADER.size + _CHECKSUM.size


def _check(source: Path) -> None:
    """Refuse what would be read for ever: a pipe, a device, a disk image."""
    if source.exists() and not source.is_file():
        raise BlocklistError(f"{source}: found no regular file, expected one")
    if (size_bytes := source.stat().st_size) > MAX_TEXT_BYTES:
        raise BlocklistError(
            f"{source}: found {size_bytes} bytes, at most {MAX_TEXT_BYTES} are read"
        )


def _run_name(file: BufferedReader, hash_key: bytes, single_labels: bool) -> str:
    made_with = f"{FORMAT_VERSION} {single_labels} ".encode() + hash_key
    return file_digest(file, lambda: blake2b(made_with, digest_size=16)).hexdigest() + RUN_SUFFIX


def _write_run(path: Path, shards: Shards, parsed: ParseReport) -> None:
    with new_file(path) as file:
        file.write(bytes(_HASHES_AT))
        checksum = 0
        for hashes in shards.hashes():
            checksum = zlib.crc32(hashes, checksum)
            file.write(hashes)
        file.write(shards.crcs)
        checksum = zlib.crc32(shards.crcs, checksum)
        report = _report_to_bytes(parsed, shards)
        file.write(report)
        header = _HEADER.pack(_MAGIC, _BYTE_ORDER, FORMAT_VERSION, shards.names, len(shards.crcs))
        file.seek(0)
        file.write(header + _CHECKSUM.pack(zlib.crc32(header, zlib.crc32(report, checksum))))


def _checked_report(path: Path, mapped: mmap.mmap) -> RunReport:
    """Return the report of the run in *mapped*, if all of it is as it was written."""
    if len(mapped) < _HASHES_AT:
        raise unusable(path, f"{len(mapped)} bytes", f"a header of {_HASHES_AT} bytes")
    header = mapped[: _HEADER.size]
    magic, byte_order, version, names, entries = _HEADER.unpack(header)
    if (magic, byte_order, version) != (_MAGIC, _BYTE_ORDER, FORMAT_VERSION):
        raise unusable(path, f"{magic.hex()} version {version}", f"a run of {FORMAT_VERSION}")
    with memoryview(mapped) as view, view[_HASHES_AT:] as body:
        checksum = zlib.crc32(header, zlib.crc32(body))
    if _CHECKSUM.unpack_from(mapped, _HEADER.size) != (checksum,):
        raise unusable(path, "damaged or missing bytes", "those that fit the checksum")
    return RunReport.from_values(json.loads(mapped[_HASHES_AT + 8 * names + 4 * entries :]))


def _report_to_bytes(parsed: ParseReport, shards: Shards) -> bytes:
    report = RunReport(
        lines=parsed.lines,
        comments=parsed.comments,
        names=shards.names,
        duplicates=shards.duplicates,
        twins=shards.twins,
        covered=shards.covered,
        skipped=parsed.skipped,
    )
    return json.dumps(asdict(report)).encode()
