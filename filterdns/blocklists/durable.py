"""Files that are there whole or not at all, with the error of this room."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filterdns import durable
from filterdns.errors import BlocklistError


@contextmanager
def new_file(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Yield a file as `durable.new_file` does; raises `BlocklistError` where the disk refuses."""
    try:
        with durable.new_file(path, mode) as file:
            yield file
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be written: {error.strerror or error}") from error
