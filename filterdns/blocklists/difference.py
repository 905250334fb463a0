"""Which sources an index was made of are others now, and which names came and went with them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from filterdns.blocklists.layout import Claim, Kind, Source, Table
from filterdns.blocklists.run import HASHED_KINDS, Run
from filterdns.blocklists.shards import SHARD_SHIFT
from filterdns.errors import BlocklistError


class Change(NamedTuple):
    """A source whose run is another now: its places and runs, None where it has none."""

    old_place: int | None
    new_place: int | None
    old: Run | None
    new: Run | None


def place_by_source(sources: Iterable[Source]) -> dict[tuple[str, str], int]:
    """Return where each source stands, by its category and name."""
    return {(source.category, source.name): place for place, source in enumerate(sources)}


def changes(
    table: Table, lists: Sequence[Source], runs: Sequence[Run], folder: Path, stack: ExitStack
) -> list[Change] | None:
    """Return what changed between the index of *table* and the *lists* with their *runs*.

    Old runs are opened from *folder* until *stack* ends. None where one is missing, or where a
    source stands twice, so that nobody can tell which of them changed.
    """
    old_places = place_by_source(table.sources[: len(table.runs)])
    new_places = place_by_source(lists)
    if len(old_places) < len(table.runs) or len(new_places) < len(lists):
        return None
    found = []
    for key in sorted(old_places.keys() | new_places.keys()):
        old_place, new_place = old_places.get(key), new_places.get(key)
        new = None if new_place is None else runs[new_place]
        old_name = None if old_place is None else table.runs[old_place]
        if new is not None and new.path.name == old_name:
            continue
        old = None
        if old_name is not None:
            try:
                old = stack.enter_context(closing(Run.open(folder / old_name)))
            except BlocklistError:
                return None
        found.append(Change(old_place, new_place, old, new))
    return found


class ChangedName(NamedTuple):
    """A name that some sources say something else of now: what they said, what they say."""

    hashed: int
    left: tuple[Claim, ...]
    joined: tuple[Claim, ...]


def changed_names(shard: int, changes: Sequence[Change]) -> Iterator[ChangedName]:
    """Yield the names of *shard* that changed, by their hashes, ascending.

    What was said names places among the old sources, what is said those among the new ones.
    """
    left: dict[int, tuple[Claim, ...]] = {}
    joined: dict[int, tuple[Claim, ...]] = {}
    for change in changes:
        for kind in HASHED_KINDS:
            old, new = _shard_of(change.old, kind, shard), _shard_of(change.new, kind, shard)
            if change.old_place is not None:
                for hashed in old - new:
                    left[hashed] = (*left.get(hashed, ()), Claim(change.old_place, kind))
            if change.new_place is not None:
                for hashed in new - old:
                    joined[hashed] = (*joined.get(hashed, ()), Claim(change.new_place, kind))
    for hashed in sorted(left.keys() | joined.keys()):
        yield ChangedName(hashed, left.get(hashed, ()), joined.get(hashed, ()))


def changed_crcs(changes: Iterable[Change]) -> tuple[set[int], set[int]]:
    """Return the CRCs of the names that a source has no longer, and of those that it has now."""
    gone: set[int] = set()
    come: set[int] = set()
    for change in changes:
        old = set(change.old.crcs) if change.old is not None else set()
        new = set(change.new.crcs) if change.new is not None else set()
        gone |= old - new
        come |= new - old
    return gone, come


def _shard_of(run: Run | None, kind: Kind, shard: int) -> set[int]:
    hashes = run.hashes_by_kind.get(kind) if run is not None else None
    if hashes is None:
        return set()
    start = bisect_left(hashes, shard << SHARD_SHIFT)
    end = bisect_left(hashes, (shard + 1) << SHARD_SHIFT)
    return set(hashes[start:end])
