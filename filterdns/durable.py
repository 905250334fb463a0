"""Files that are there whole or not at all, also after a power cut."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

TEMPORARY_SUFFIX: Final = ".tmp"


@contextmanager
def new_file(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Yield a file to write that takes the place of *path* when the block ends.

    Written under another name (the file's `name`), fsynced, renamed, the folder fsynced. A block
    that raises leaves *path* as it was. *mode* is lowered by the umask. Makes the folder. Raises
    `OSError`.
    """
    _make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        temporary.unlink(missing_ok=True)  # of a process with our number that was killed
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove what processes that were killed have left half written in *folder*.

    Not while one of them writes. Raises `OSError`.
    """
    for half in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        half.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    # Looked for first: a frozen disk does not even refuse to make what is there.
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
