"""A database that is broken is set aside under a new name, for whoever wants to repair it.

It holds what the history holds, so it is kept no longer: one copy, until its age passes the
retention or somebody has something erased. So is the copy of before an upgrade (`migrations`).
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filterdns.history.database import wal
from filterdns.history.migrations import BEFORE_SCHEMA


def set_aside(path: Path, now: float) -> Path:
    """Move the database at *path* and its log out of the way and return where it went.

    *now* (Unix seconds) becomes a part of the name. Raises `OSError`.
    """
    for older in _copies(path, _DAMAGED):
        older.unlink()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    copy = path.with_name(f"{path.name}{_DAMAGED}{stamp}")
    path.rename(copy)
    os.utime(copy, (now, now))  # its age counts from here, by the clock that retention goes by
    if wal(path).exists():
        wal(path).rename(wal(copy))
        os.utime(wal(copy), (now, now))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return copy


def remove_copies(path: Path, before: float | None = None) -> None:
    """Remove what was set aside of *path*; with *before* (Unix seconds), only what was before it.

    Raises `OSError`.
    """
    for copy in _copies(path, _DAMAGED, BEFORE_SCHEMA):
        if before is None or copy.stat().st_mtime < before:
            copy.unlink()


def newest_copy(path: Path) -> Path | None:
    """Return where the last database of *path* lies that was set aside."""
    copies = [each for each in _copies(path, _DAMAGED) if not each.name.endswith("-wal")]
    return max(copies, default=None)


def _copies(path: Path, *marks: str) -> Iterator[Path]:
    for mark in marks:
        # A folder that stood in the way of the database is none of ours: it stays.
        yield from filter(Path.is_file, path.parent.glob(f"{path.name}{mark}*"))


_DAMAGED: Final = ".damaged-"
