"""Which index is in force: a small file that names it, so that no clock has a say in it."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.index import Index
from filterdns.errors import BlocklistError

_FILE: Final = "current"


def name_current(folder: Path, path: Path) -> None:
    """Write down that of the indexes in *folder* the one at *path* is in force.

    Raises `BlocklistError` where the disk refuses.
    """
    if _current_name(folder) != path.name:
        with new_file(folder / _FILE) as file:
            file.write(path.name.encode())


def open_current(folder: Path) -> Index | None:
    """Return the index in *folder* that was in force last, opened; another where it is damaged.

    Each is read whole: one with a flipped bit is not used. None where there is none.
    """
    named = folder / _current_name(folder)
    others = sorted(folder.glob("index-*.idx"), key=_modified_at, reverse=True)
    for path in (named, *others):
        with suppress(BlocklistError):
            return open_whole(path)
    return None


def open_whole(path: Path) -> Index:
    """Open the index at *path* and read every byte of it. Raises `BlocklistError`."""
    index = Index.open(path)
    try:
        index.verify()
    except BlocklistError:
        index.close()
        raise
    return index


def is_whole(path: Path) -> bool:
    """Whether the index at *path* is there as it was written."""
    try:
        open_whole(path).close()
    except BlocklistError:
        return False
    return True


def _current_name(folder: Path) -> str:
    try:
        return Path((folder / _FILE).read_text("ascii")).name or "none"
    except (OSError, UnicodeDecodeError):
        return "none"


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
