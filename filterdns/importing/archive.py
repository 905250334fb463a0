"""Files out of a stranger's zip or tar.gz, in memory, with limits; nothing is ever unpacked."""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import IO, Final

from filterdns.errors import ConfigError, Problem

MOST_ARCHIVE_BYTES: Final = 16 << 20
MOST_BYTES: Final = 64 << 20
"""Of all members that are wanted together, decompressed."""
MOST_MEMBERS: Final = 1000

ZIP_MAGIC: Final = b"PK\x03\x04"
GZIP_MAGIC: Final = b"\x1f\x8b"


def read_archive(path: Path, wanted: Container[str]) -> dict[str, bytes]:
    """Return the *wanted* members of the zip or tar.gz at *path* by name, those that are there.

    Raises `ConfigError` with file and member.
    """
    data = _content(path)
    try:
        if data.startswith(ZIP_MAGIC):
            return dict(_zip_members(data, path.name, wanted))
        if data.startswith(GZIP_MAGIC):
            return dict(_tar_members(_gunzip(data, path.name), path.name, wanted))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise failure(path.name, "", f"the archive is damaged: {error}") from None
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise failure(path.name, "", f"the archive cannot be read: {error}") from None
    raise failure(path.name, "", "found neither a zip nor a tar.gz, expected one of them")


def failure(file: str, member: str, problem: str) -> ConfigError:
    """Return the error that says *problem* about *member* of *file*."""
    return ConfigError([Problem(file, 0, 0, member, problem)])


_CENTRAL_HEADER: Final = b"PK\x01\x02"  # one a member; counted before they become objects


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_ARCHIVE_BYTES + 1)
    except OSError as error:
        raise failure(path.name, "", f"cannot be read: {error.strerror}") from None
    if len(data) > MOST_ARCHIVE_BYTES:
        limit = MOST_ARCHIVE_BYTES >> 20
        raise failure(path.name, "", f"is larger than {limit} MiB, expected a backup of settings")
    if data.count(_CENTRAL_HEADER) > MOST_MEMBERS:
        raise _too_many(path.name)
    return data


def _zip_members(data: bytes, file: str, wanted: Container[str]) -> Iterator[tuple[str, bytes]]:
    left = MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.filename not in wanted:
                continue
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise _no_file(file, member.filename)
            with archive.open(member) as stream:
                content = _read(stream, left, file, member.filename)
            left -= len(content)
            yield member.filename, content


def _gunzip(data: bytes, file: str) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    content = stream.decompress(data, MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large(file, "")
    if not stream.eof:
        raise failure(file, "", "the archive ends in the middle")
    return content


def _tar_members(data: bytes, file: str, wanted: Container[str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for number, member in enumerate(archive):
            if number == MOST_MEMBERS:
                raise _too_many(file)
            name = member.name.removeprefix("./")
            if name not in wanted:
                continue
            # A sparse one holds zeros that are nowhere, as many as it likes.
            is_plain = member.isreg() and not member.issparse()
            stream = archive.extractfile(member) if is_plain else None
            if stream is None:
                raise _no_file(file, name)
            yield name, stream.read()


def _read(stream: IO[bytes], most: int, file: str, member: str) -> bytes:
    content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(file, member)
    return content


def _too_large(file: str, member: str) -> ConfigError:
    return failure(file, member, f"is larger than {MOST_BYTES >> 20} MiB when decompressed")


def _too_many(file: str) -> ConfigError:
    return failure(file, "", f"has more than {MOST_MEMBERS:,} members, expected a backup")


def _no_file(file: str, member: str) -> ConfigError:
    return failure(file, member, "found a link or a device, expected a file")
