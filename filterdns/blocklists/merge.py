"""Runs, merged: every name once, with the set of all sources that claim it.

Shard by shard of the hashes' leading bits, so that only a small part of all names is held as
Python objects at a time, and with set operations instead of a heap: most names stand in one run.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import repeat

from filterdns.blocklists.content import (
    Names,
    SourceSet,
    bucket_ends,
    lows_and_middles,
    too_many_sets,
)
from filterdns.blocklists.layout import BUCKETS, MAX_SETS
from filterdns.blocklists.shards import SHARD_COUNT, SHARD_SHIFT


def merge(
    runs: Sequence["memoryview[int]"],
    shards: range = range(SHARD_COUNT),
    progress: Callable[[], None] = lambda: None,
) -> Names:
    """Return the names of these *shards* of the hashes of all *runs*.

    Calls *progress* after each shard. Raises `BlocklistError` if there are too many sets.
    """
    sets = _Sets()
    ends, set_ids = array("I"), array("H")
    lows, middles = bytearray(), bytearray()
    buckets_per_shard = BUCKETS // SHARD_COUNT
    for shard in shards:
        hashes, ids = _merged(shard, runs, sets)
        buckets = range(shard * buckets_per_shard, (shard + 1) * buckets_per_shard)
        ends.extend([len(set_ids) + end for end in bucket_ends(hashes, buckets)])
        shard_lows, shard_middles = lows_and_middles(hashes)
        lows += shard_lows
        middles += shard_middles
        set_ids += ids
        progress()
    counts = Counter(set_ids) if len(sets.sets) > 1 else {0: len(set_ids)}
    names_by_set = [counts[set_id] for set_id in range(len(sets.sets))]
    return Names(ends, bytes(lows), bytes(middles), set_ids, sets.sets, names_by_set)


class _Sets:
    """Numbers the sets of sources in the order in which they are met."""

    def __init__(self) -> None:
        self.sets: list[SourceSet] = []
        self._id_by_set: dict[SourceSet, int] = {}
        self._joined: dict[tuple[int, int], int] = {}

    def only(self, source: int) -> int:
        """Return the id of the set of one *source*."""
        return self._id((source,))

    def joined(self, set_id: int, source: int) -> int:
        """Return the id of the set *set_id* with *source*, a later one, added."""
        known = self._joined.get((set_id, source))
        if known is None:
            known = self._id((*self.sets[set_id], source))
            self._joined[set_id, source] = known
        return known

    def _id(self, sources: SourceSet) -> int:
        known = self._id_by_set.get(sources)
        if known is None:
            if len(self.sets) == MAX_SETS:
                raise too_many_sets()
            known = self._id_by_set[sources] = len(self.sets)
            self.sets.append(sources)
        return known


def _merged(
    shard: int, runs: Sequence["memoryview[int]"], sets: _Sets
) -> tuple["array[int]", "array[int]"]:
    """Return the hashes in *shard* of *runs*, ascending, and the set id of each."""
    slices = []
    for source, hashes in enumerate(runs):
        start = bisect_left(hashes, shard << SHARD_SHIFT)
        end = bisect_left(hashes, (shard + 1) << SHARD_SHIFT)
        if start < end:
            slices.append((source, hashes[start:end]))
    if len(slices) == 1:
        source, only = slices[0]
        return array("Q", only.tobytes()), array("H", [sets.only(source)]) * len(only)
    set_id_by_hash: dict[int, int] = {}
    for source, some in slices:
        here = some.tolist()
        shared = {
            hashed: sets.joined(set_id_by_hash[hashed], source)
            for hashed in set_id_by_hash.keys() & here
        }
        set_id_by_hash.update(zip(here, repeat(sets.only(source))))
        set_id_by_hash.update(shared)
    ascending = sorted(set_id_by_hash)
    return array("Q", ascending), array("H", map(set_id_by_hash.__getitem__, ascending))
