"""The text of a source: a file, a directory, an archive; plain or compressed, told by content.

Of a directory or an archive every regular file is read, but where there are files as UT1 has them
(`domains`, `domains.1`, `urls`), these alone: beside them lie expressions and a licence. Of a v2fly
list that lies beside those that it includes, these are read, too.
"""

import gzip
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from io import BytesIO
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NamedTuple, Self

from filterdns.blocklists.xz_text import Readable, XzText
from filterdns.blocklists.zip_text import open_zip
from filterdns.errors import BlocklistError

MAX_TEXT_BYTES: Final = 512 << 20  # decompressed; the largest public list has 100 MiB
MAX_MEMBERS: Final = 10_000

_BLOCK_BYTES: Final = 1 << 20
_GZIP_MAGIC: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
_XZ_MAGIC: Final = b"\xfd7zXZ\x00"  # The .xz File Format 1.2.0, section 2.1.1.1
_ZIP_MAGIC: Final = b"PK\x03\x04"  # APPNOTE.TXT section 4.3.7
_TAR_MAGIC: Final = b"ustar"  # POSIX.1 ustar interchange format
_TAR_MAGIC_AT: Final = 257
_UT1_FILE: Final = re.compile(r"domains(\.\d+)?|urls")
_INCLUDE: Final = re.compile(rb"^include:([a-z0-9-]+)[ \t]*(?:#.*)?$", re.MULTILINE)
_MAX_INCLUDING_BYTES: Final = 1 << 20
_DAMAGED: Final = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    struct.error,
    ValueError,  # a zip whose offsets make no sense
    NotImplementedError,  # a zip with a method that Python does not know
    RuntimeError,  # a zip with a password
)


class Member(NamedTuple):
    """A text of a source, in blocks. *name* tells it from others; empty if it is the only one."""

    name: str
    blocks: Iterator[bytes]


class SourceText:
    """What a source holds. Raises `BlocklistError` where it cannot be read, or is too long.

    *label* stands for *path* in messages, *read_bytes* is how much of its files has been read.
    """

    def __init__(self, path: Path, limit_bytes: int = MAX_TEXT_BYTES, label: str = "") -> None:
        self.path = path
        self._label = label or str(path)
        self.read_bytes = 0
        self._left_bytes = self._limit_bytes = limit_bytes
        self._included: tuple[Path, ...] = ()
        try:
            self._files = self._files_of(path)
            size_bytes = sum(file.stat().st_size for file in self._files)
        except OSError as error:
            raise self._unreadable(error) from error
        if size_bytes > limit_bytes:
            raise BlocklistError(
                f"{path}: found {size_bytes} bytes, at most {limit_bytes} are read"
            )
        self.size_bytes = size_bytes

    def digest(self, salt: bytes) -> str:
        """Return a hash of *salt* and all bytes of the files."""
        found = blake2b(salt, digest_size=16)
        try:
            for file in self._files:
                if len(self._files) > 1:  # their names stand in what is told of them
                    found.update(f"{file.name}\n{file.stat().st_size}\n".encode())
                with file.open("rb") as stream:
                    while block := stream.read(_BLOCK_BYTES):
                        found.update(block)
        except OSError as error:
            raise self._unreadable(error) from error
        return found.hexdigest()

    def members(self) -> Iterator[Member]:
        """Yield the texts; each is to be read before the next one is asked for."""
        self._left_bytes, self.read_bytes = self._limit_bytes, 0
        try:
            for file in self._files:
                with file.open("rb") as stream:
                    name = file.name if len(self._files) > 1 else ""
                    for member in _members(_Counted(stream, self), name):
                        yield Member(member.name, self._checked(member.blocks))
        except _DAMAGED as error:
            raise BlocklistError(
                f"{self._label}: the compressed data is damaged: {error}"
            ) from error
        except OSError as error:
            raise self._unreadable(error) from error

    def _checked(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._left_bytes -= len(block)
            if self._left_bytes < 0:
                raise BlocklistError(
                    f"{self._label}: its text is over the limit of {self._limit_bytes} bytes"
                )
            yield self._without_includes(block)

    def _without_includes(self, block: bytes) -> bytes:
        """Make comments of the lines whose files are read, too."""
        if not self._included:
            return block
        here = {file.name.encode() for file in self._included}
        return _INCLUDE.sub(lambda line: b"#" + line[0] if line[1] in here else line[0], block)

    def _files_of(self, path: Path) -> tuple[Path, ...]:
        if path.is_dir():
            names = [each.name for each in sorted(path.iterdir()) if each.is_file()]
            return tuple(path / name for name in _wanted(names, path))
        if path.exists() and not path.is_file():
            raise BlocklistError(f"{self._label}: found no regular file, expected one")
        self._included = _included(path)
        return (path, *self._included)

    def _unreadable(self, error: OSError) -> BlocklistError:
        return BlocklistError(f"{self._label}: cannot be read: {error.strerror or error}")


class _Counted:
    """A file that tells its source how much of it has been read."""

    def __init__(self, file: BinaryIO, source: SourceText) -> None:
        self.file = file
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        found = self.file.read(size)
        self._source.read_bytes += len(found)
        return found

    def reopened(self) -> Self:
        """Return the file from its start, and forget that it has been read."""
        self._source.read_bytes -= self.file.tell()
        self.file.seek(0)
        return self


class _Ahead:
    """A stream of which the first bytes are known already."""

    def __init__(self, stream: Readable, count: int) -> None:
        start = b""
        while len(start) < count and (more := stream.read(count - len(start))):
            start += more
        self.start = start
        self._stream = stream
        self._rest = BytesIO(start)

    def read(self, size: int = -1, /) -> bytes:
        found = self._rest.read(size)
        if len(found) == size:
            return found
        return found + self._stream.read(size if size < 0 else size - len(found))


def _members(file: _Counted, name: str) -> Iterator[Member]:
    """Yield what *file* holds; names are those in an archive behind *name*."""
    if _Ahead(file.reopened(), len(_ZIP_MAGIC)).start == _ZIP_MAGIC:
        yield from _of_zip(file, name)
        return
    text = _decompressed(file.reopened())
    if not _is_tar(text):
        yield Member(name, _blocks(text))
        return
    with _tar(text) as archive:
        names = [entry.name for entry in archive if entry.isreg()]
    wanted = set(_wanted(names, name))
    with _tar(_decompressed(file.reopened())) as archive:
        for entry in archive:
            if entry.isreg() and entry.name in wanted:
                content = archive.extractfile(entry)
                assert content is not None
                yield Member(_joined(name, entry.name), _blocks(_decompressed(content)))


def _of_zip(file: _Counted, name: str) -> Iterator[Member]:
    with open_zip(file.reopened().file) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        for wanted in _wanted(names, name):
            with archive.open(wanted) as content:
                yield Member(_joined(name, wanted), _blocks(_decompressed(content)))


def _tar(text: "_Ahead") -> tarfile.TarFile:
    return tarfile.open(fileobj=text, mode="r|")  # type: ignore[call-overload, no-any-return]


def _is_tar(text: "_Ahead") -> bool:
    return text.start[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)


def _decompressed(stream: Readable) -> _Ahead:
    ahead = _Ahead(stream, len(_XZ_MAGIC))
    if ahead.start.startswith(_GZIP_MAGIC):
        return _Ahead(gzip.GzipFile(fileobj=ahead), _TAR_MAGIC_AT + len(_TAR_MAGIC))  # type: ignore[call-overload]
    if ahead.start == _XZ_MAGIC:
        return _Ahead(XzText(ahead), _TAR_MAGIC_AT + len(_TAR_MAGIC))
    return _Ahead(ahead, _TAR_MAGIC_AT + len(_TAR_MAGIC))


def _blocks(text: Readable) -> Iterator[bytes]:
    while block := text.read(_BLOCK_BYTES):
        yield block


def _wanted(names: list[str], where: object) -> list[str]:
    """Return which of the files called *names* are lists."""
    if len(names) > MAX_MEMBERS:
        raise BlocklistError(f"{where}: found {len(names)} files, at most {MAX_MEMBERS} are read")
    lists = [name for name in names if _UT1_FILE.fullmatch(PurePosixPath(name).name)]
    return lists or names


def _joined(name: str, member: str) -> str:
    return f"{name}/{member}" if name else member


def _included(path: Path) -> tuple[Path, ...]:
    """Return the files beside *path* that it includes, and that these include."""
    found: dict[Path, None] = {}
    waiting = [path]
    while waiting and len(found) < MAX_MEMBERS:
        file = waiting.pop(0)
        if not file.is_file() or file.stat().st_size > _MAX_INCLUDING_BYTES:
            continue
        names = [line[1].decode() for line in _INCLUDE.finditer(file.read_bytes())]
        for other in (path.parent / name for name in names):
            if other != path and other not in found and other.is_file():
                found[other] = None
                waiting.append(other)
    return tuple(chain(found))
