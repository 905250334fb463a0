"""Runs, merged: every name once, with the set of all columns that have it.

Shard by shard of the hashes' leading bits, so that only a small part of all names is held as
Python objects at a time, and with set operations instead of a heap: most names stand in one run.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import repeat

from filterdns.blocklists.content import (
    ColumnSet,
    Names,
    bucket_ends,
    lows_and_middles,
    too_many_sets,
)
from filterdns.blocklists.layout import BUCKETS, MAX_SETS
from filterdns.blocklists.shards import SHARD_COUNT, SHARD_SHIFT


def merge(
    columns: Sequence["memoryview[int]"],
    shards: range = range(SHARD_COUNT),
    progress: Callable[[], None] = lambda: None,
) -> Names:
    """Return the names of these *shards* of the hashes of all *columns*, as `columns_of` has them.

    Calls *progress* after each shard. Raises `BlocklistError` if there are too many sets.
    """
    sets = _Sets()
    ends, lows, middles, set_ids = array("I"), array("I"), array("H"), array("H")
    buckets_per_shard = BUCKETS // SHARD_COUNT
    for shard in shards:
        hashes, ids = _merged(shard, columns, sets)
        buckets = range(shard * buckets_per_shard, (shard + 1) * buckets_per_shard)
        ends.extend([len(set_ids) + end for end in bucket_ends(hashes, buckets)])
        shard_lows, shard_middles = lows_and_middles(hashes)
        lows += shard_lows
        middles += shard_middles
        set_ids += ids
        progress()
    counts = Counter(set_ids) if len(sets.sets) > 1 else {0: len(set_ids)}
    names_by_set = [counts[set_id] for set_id in range(len(sets.sets))]
    return Names(ends, lows, middles, set_ids, sets.sets, names_by_set)


class _Sets:
    """Numbers the sets of columns in the order in which they are met."""

    def __init__(self) -> None:
        self.sets: list[ColumnSet] = []
        self._id_by_set: dict[ColumnSet, int] = {}
        self._joined: dict[tuple[int, int], int] = {}

    def only(self, column: int) -> int:
        """Return the id of the set of one *column*."""
        return self._id((column,))

    def joined(self, set_id: int, column: int) -> int:
        """Return the id of the set *set_id* with *column*, a later one, added."""
        known = self._joined.get((set_id, column))
        if known is None:
            known = self._id((*self.sets[set_id], column))
            self._joined[set_id, column] = known
        return known

    def _id(self, columns: ColumnSet) -> int:
        known = self._id_by_set.get(columns)
        if known is None:
            if len(self.sets) == MAX_SETS:
                raise too_many_sets()
            known = self._id_by_set[columns] = len(self.sets)
            self.sets.append(columns)
        return known


def _merged(
    shard: int, columns: Sequence["memoryview[int]"], sets: _Sets
) -> tuple["array[int]", "array[int]"]:
    """Return the hashes in *shard* of *columns*, ascending, and the set id of each."""
    slices = []
    for column, hashes in enumerate(columns):
        start = bisect_left(hashes, shard << SHARD_SHIFT)
        end = bisect_left(hashes, (shard + 1) << SHARD_SHIFT)
        if start < end:
            slices.append((column, hashes[start:end]))
    if len(slices) == 1:
        column, only = slices[0]
        return array("Q", only.tobytes()), array("H", [sets.only(column)]) * len(only)
    set_id_by_hash: dict[int, int] = {}
    for column, some in slices:
        here = some.tolist()
        shared = {
            hashed: sets.joined(set_id_by_hash[hashed], column)
            for hashed in set_id_by_hash.keys() & here
        }
        set_id_by_hash.update(zip(here, repeat(sets.only(column))))
        set_id_by_hash.update(shared)
    ascending = sorted(set_id_by_hash)
    return array("Q", ascending), array("H", map(set_id_by_hash.__getitem__, ascending))
