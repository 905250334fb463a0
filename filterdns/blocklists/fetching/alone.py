"""One fetch at a time in a folder: two would take each other's half written texts for leftovers."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filterdns.errors import BlocklistError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold *folder*, which is made if need be, for this process until the block ends.

    Raises `BlocklistError` if another process holds it, or the disk refuses. The kernel lets go of
    what a process held that was killed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BlocklistError(f"{folder}: cannot be used: {error.strerror or error}") from error
    try:
        _hold(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BlocklistError(f"{folder}: another fetch is at work there") from None
