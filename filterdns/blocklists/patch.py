"""An index, made of the one before it: only the names of sources that changed are looked at.

What comes out is what a merge of all runs would give, byte for byte. Where that cannot be promised,
or would take as long, nothing comes out and the runs have to be merged.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import accumulate
from operator import add
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.content import BUCKET_SHIFT, Names, SourceSet
from filterdns.blocklists.difference import (
    Change,
    changed_crcs,
    changed_names,
    changes,
    place_by_source,
)
from filterdns.blocklists.gate import changed_gate, gate_bits, make_gate
from filterdns.blocklists.index import Index
from filterdns.blocklists.layout import BUCKETS, MAX_SETS, Source, Views
from filterdns.blocklists.run import Run
from filterdns.blocklists.shards import SHARD_COUNT

WORTHWHILE_SHARE: Final = 4  # with a fourth of the names in changed runs, a merge is as fast


def patch(
    base: Index, lists: Sequence[Source], runs: Sequence[Run], folder: Path
) -> tuple[list[Names], bytes] | None:
    """Return what `assemble` does for the *lists* and their *runs*, made of *base*.

    The runs that *base* was made of are looked for in *folder*. None if it is not fit for it.
    """
    with ExitStack() as stack:
        changed = changes(base.table, lists, runs, folder, stack)
        if changed is None or _touched(changed) * WORTHWHILE_SHARE > base.names:
            return None
        names = _Patcher(base, lists).patched(changed)
        if names is None:
            return None
        bits = gate_bits(len(names.set_ids))
        crcs = [run.crcs for run in runs]
        if bits != base.header.gate_bits:
            return [names], bytes(make_gate(bits, crcs))
        gone, come = changed_crcs(changed)
        return [names], bytes(changed_gate(base.views.gate, bits, gone, come, crcs))


def _touched(changed: Sequence[Change]) -> int:
    return sum(
        run.report.names
        for change in changed
        for run in (change.old, change.new)
        if run is not None
    )


class _Cut(NamedTuple):
    """A place before which a name comes in, or at which one is left out: *set_id* is None then."""

    place: int
    hashed: int
    set_id: int | None


class _Patcher:
    """Copies the names of an index, puts in those that are new and leaves out those that went."""

    def __init__(self, base: Index, lists: Sequence[Source]) -> None:
        new_places = place_by_source(lists)
        self._views = base.views
        self._old_sets = [tuple(claim.source for claim in claims) for claims in base.sets]
        self._new_place = [new_places.get((one.category, one.name)) for one in base.sources]
        self._sets = [self._with_new_places(old) for old in self._old_sets]
        self._names_by_set = list(base.table.names_by_set)
        self._id_by_set = {sources: set_id for set_id, sources in enumerate(self._sets)}
        self._id_by_change: dict[tuple[int | None, SourceSet, SourceSet], int | None] = {}
        self._set_ids = array("H", base.views.set_ids.tobytes())
        self._cuts: list[_Cut] = []

    def patched(self, changed: Sequence[Change]) -> Names | None:
        """Return the names after what *changed*; None if the index did not hold what was before."""
        for shard in range(SHARD_COUNT):
            for hashed, left, joined in changed_names(shard, changed):
                if not self._has_changed(hashed, left, joined) or len(self._sets) > MAX_SETS:
                    return None
        for old, names in zip(self._old_sets, self._names_by_set, strict=False):
            if names and any(self._new_place[place] is None for place in old):
                return None
        return self._names()

    def _with_new_places(self, old: SourceSet) -> SourceSet:
        places = (self._new_place[place] for place in old)
        return tuple(sorted(place for place in places if place is not None))

    def _has_changed(self, hashed: int, left: SourceSet, joined: SourceSet) -> bool:
        """Change one name; return false if it should have been there and was not."""
        place, is_listed = _find(self._views, hashed)
        old_id = self._set_ids[place] if is_listed else None
        if left and old_id is None:
            return False
        new_id = self._changed_id(old_id, left, joined)
        if old_id is not None:
            self._names_by_set[old_id] -= 1
        if new_id is not None:
            self._names_by_set[new_id] += 1
        if old_id is not None and new_id is not None:
            self._set_ids[place] = new_id
        else:
            self._cuts.append(_Cut(place, hashed, new_id))
        return True

    def _changed_id(self, old_id: int | None, left: SourceSet, joined: SourceSet) -> int | None:
        """Return the id of the set *old_id* without the old places *left*, and with *joined*."""
        change = old_id, left, joined
        if change not in self._id_by_change:
            old = self._old_sets[old_id] if old_id is not None else ()
            stays = self._with_new_places(tuple(place for place in old if place not in left))
            sources = tuple(sorted({*stays, *joined}))
            self._id_by_change[change] = self._id(sources) if sources else None
        return self._id_by_change[change]

    def _id(self, sources: SourceSet) -> int:
        if sources not in self._id_by_set:
            self._id_by_set[sources] = len(self._sets)
            self._sets.append(sources)
            self._names_by_set.append(0)
        return self._id_by_set[sources]

    def _names(self) -> Names:
        """Return all names, with the cuts made."""
        old = self._views
        lows, middles, set_ids = array("I"), array("H"), array("H")
        more_by_bucket = [0] * BUCKETS
        at = 0
        for place, hashed, set_id in self._cuts:
            lows.frombytes(old.lows[at:place].tobytes())
            middles.frombytes(old.middles[at:place].tobytes())
            set_ids += self._set_ids[at:place]
            if set_id is None:
                more_by_bucket[hashed >> BUCKET_SHIFT] -= 1
                at = place + 1
            else:
                more_by_bucket[hashed >> BUCKET_SHIFT] += 1
                lows.append(hashed & 0xFFFF_FFFF)
                middles.append(hashed >> 32 & 0xFFFF)
                set_ids.append(set_id)
                at = place
        lows.frombytes(old.lows[at:].tobytes())
        middles.frombytes(old.middles[at:].tobytes())
        set_ids += self._set_ids[at:]
        ends = array("I", map(add, old.buckets[1:], accumulate(more_by_bucket)))
        return Names(ends, lows, middles, set_ids, self._sets, self._names_by_set)


def _find(views: Views, hashed: int) -> tuple[int, bool]:
    """Return the place of the name with this hash, or where it belongs; and whether it is there."""
    bucket, middle, low = hashed >> BUCKET_SHIFT, hashed >> 32 & 0xFFFF, hashed & 0xFFFF_FFFF
    end = views.buckets[bucket + 1]
    place = bisect_left(views.middles, middle, views.buckets[bucket], end)
    while place < end and (views.middles[place], views.lows[place]) < (middle, low):
        place += 1
    return place, place < end and (views.middles[place], views.lows[place]) == (middle, low)
