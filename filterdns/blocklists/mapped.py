"""A file mapped into memory, read-only."""

import mmap
from pathlib import Path

from filterdns.errors import BlocklistError


def map_file(path: Path) -> mmap.mmap:
    """Map the file at *path*. Raises `BlocklistError` if it is missing, empty or unreadable."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a file of length 0 cannot be mapped
        raise unusable(path, "an empty file", "content") from error


def read_at(path: Path, offset: int, length: int) -> bytes:
    """Return *length* bytes of the file at *path*, or fewer at its end; raises `BlocklistError`.

    For what a bad sector may be among: through a mapping it would be a signal.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error


def unusable(path: Path, found: str, expected: str) -> BlocklistError:
    """Return the error about a file at *path* that is not what it should be."""
    return BlocklistError(f"{path}: found {found}, expected {expected}")
