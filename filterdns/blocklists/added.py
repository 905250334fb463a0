"""Since when a list has had a name: which names came with each of its updates.

One file for each list, beside its runs: the time since when is written down, then for each update
its time and the hashes that were new in it. The oldest updates go when there are too many; of a
name that is in none of them it is only known that it is older.
"""

import struct
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.last_good import last_good_path
from filterdns.blocklists.run import Run
from filterdns.blocklists.shards import SHARD_COUNT, SHARD_SHIFT
from filterdns.errors import BlocklistError

ADDED_SUFFIX: Final = ".added"
MOST_UPDATES: Final = 200
MOST_HASHES: Final = 500_000


class Update(NamedTuple):
    """An update of a list: when it was taken (Unix seconds), and the hashes that came with it."""

    at: float
    hashes: "array[int]"


class Since(NamedTuple):
    """Since when a name is listed. *is_exact*: it came then; else it is as old at least."""

    at: float
    is_exact: bool


def added_path(folder: Path, category: str, name: str) -> Path:
    """Return the file in the folder of runs that says what came when into a list."""
    return last_good_path(folder, category, name).with_suffix(ADDED_SUFFIX)


def note_update(path: Path, old: Run | None, new: Run, now: float | None = None) -> None:
    """Write down in *path* what *new* has that *old* had not. Raises `BlocklistError`.

    Without an *old* run all is of one age: from that moment on it is written down.
    """
    at = time.time() if now is None else now
    since, updates = (at, []) if old is None else _read(path, at)
    if old is not None:
        updates.append(Update(at, _new_hashes(old, new)))
    while len(updates) > MOST_UPDATES or sum(len(each.hashes) for each in updates) > MOST_HASHES:
        since = updates.pop(0).at
    with new_file(path) as file:
        file.write(_HEADER.pack(_MAGIC, since))
        for update in updates:
            file.write(_UPDATE.pack(update.at, len(update.hashes)))
            file.write(update.hashes)


def since(path: Path, hashed: int) -> Since | None:
    """Return since when the name with this hash is in the list of *path*; None if not known."""
    if not path.is_file():
        return None
    first, updates = _read(path, time.time())
    for update in reversed(updates):
        place = bisect_left(update.hashes, hashed)
        if place < len(update.hashes) and update.hashes[place] == hashed:
            return Since(update.at, is_exact=True)
    return Since(first, is_exact=False)


_MAGIC: Final = b"FDNSADD\x00"
_HEADER: Final = struct.Struct("=8sd")
_UPDATE: Final = struct.Struct("=dI")


def _new_hashes(old: Run, new: Run) -> "array[int]":
    found: array[int] = array("Q")
    for shard in range(SHARD_COUNT):
        before = set(_shard(old, shard))
        found.extend(sorted(set(_shard(new, shard)) - before))
    return found


def _shard(run: Run, shard: int) -> Iterator[int]:
    for hashes in run.hashes_by_kind.values():
        start = bisect_left(hashes, shard << SHARD_SHIFT)
        end = bisect_left(hashes, (shard + 1) << SHARD_SHIFT)
        yield from hashes[start:end]


def _read(path: Path, now: float) -> tuple[float, list[Update]]:
    """Return since when is written down, and the updates; from *now* on where it is damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return now, []
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        magic, first = _HEADER.unpack_from(data)
        updates, at = [], _HEADER.size
        while at < len(data):
            moment, count = _UPDATE.unpack_from(data, at)
            at += _UPDATE.size
            hashes = array("Q", data[at : at + 8 * count])
            if len(hashes) != count:
                return now, []
            updates.append(Update(moment, hashes))
            at += 8 * count
    except (struct.error, ValueError):
        return now, []
    return (first, updates) if magic == _MAGIC else (now, [])
