"""An index, made of the one before it: only the names of sources that changed are looked at.

What comes out is what a merge of all runs would give, byte for byte. Where that cannot be promised,
or would take as long, nothing comes out and the runs have to be merged.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import accumulate
from operator import add
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.content import BUCKET_SHIFT, ColumnSet, Names, columns_of
from filterdns.blocklists.difference import (
    Change,
    ChangedName,
    changed_crcs,
    changed_names,
    changes,
    place_by_source,
)
from filterdns.blocklists.gate import changed_gate, gate_bits, make_gate
from filterdns.blocklists.index import Index
from filterdns.blocklists.layout import BUCKETS, MAX_SETS, Claim, Source, Views
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
        names = _Patcher(base, lists, columns_of(runs)).patched(changed)
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
        run.report.entries
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

    def __init__(self, base: Index, lists: Sequence[Source], columns: Sequence[Claim]) -> None:
        new_places = place_by_source(lists)
        column_by_claim = {claim: column for column, claim in enumerate(columns)}
        self._views = base.views
        self._old_sets = base.sets
        self._column_by_claim = column_by_claim
        self._new_column = {
            claim: column_by_claim.get(Claim(new_places.get(_key(base, claim), -1), claim.kind))
            for claims in base.sets
            for claim in claims
        }
        self._sets = [self._in_new_columns(old) for old in self._old_sets]
        self._names_by_set = list(base.table.names_by_set)
        self._unchanged_by_old_set = list(base.table.names_by_set)
        self._id_by_set = {columns: set_id for set_id, columns in enumerate(self._sets)}
        self._id_by_change: dict[
            tuple[int | None, tuple[Claim, ...], tuple[Claim, ...]], int | None
        ] = {}
        self._set_ids = array("H", base.views.set_ids.tobytes())
        self._cuts: list[_Cut] = []

    def patched(self, changed: Sequence[Change]) -> Names | None:
        """Return the names after what *changed*; None if the index did not hold what was before."""
        for shard in range(SHARD_COUNT):
            for name in changed_names(shard, changed):
                if not self._has_changed(name) or len(self._sets) > MAX_SETS:
                    return None
        for old, unchanged in zip(self._old_sets, self._unchanged_by_old_set, strict=True):
            if unchanged and any(self._new_column[claim] is None for claim in old):
                return None
        return self._names()

    def _in_new_columns(self, old: Iterable[Claim]) -> ColumnSet:
        columns = (self._new_column[claim] for claim in old)
        return tuple(sorted(column for column in columns if column is not None))

    def _has_changed(self, name: ChangedName) -> bool:
        """Change one name; return false if it should have been there and was not."""
        place, is_listed = _find(self._views, name.hashed)
        old_id = self._set_ids[place] if is_listed else None
        if name.left and old_id is None:
            return False
        new_id = self._changed_id(old_id, name.left, name.joined)
        if old_id is not None:
            self._names_by_set[old_id] -= 1
            self._unchanged_by_old_set[old_id] -= 1
        if new_id is not None:
            self._names_by_set[new_id] += 1
        if old_id is not None and new_id is not None:
            self._set_ids[place] = new_id
        else:
            self._cuts.append(_Cut(place, name.hashed, new_id))
        return True

    def _changed_id(
        self, old_id: int | None, left: tuple[Claim, ...], joined: tuple[Claim, ...]
    ) -> int | None:
        """Return the id of the set *old_id* without the old claims *left*, and with *joined*."""
        change = old_id, left, joined
        if change not in self._id_by_change:
            old = self._old_sets[old_id] if old_id is not None else ()
            stays = self._in_new_columns(claim for claim in old if claim not in left)
            new = [self._column_by_claim[claim] for claim in joined]
            columns = tuple(sorted({*stays, *new}))
            self._id_by_change[change] = self._id(columns) if columns else None
        return self._id_by_change[change]

    def _id(self, columns: ColumnSet) -> int:
        if columns not in self._id_by_set:
            self._id_by_set[columns] = len(self._sets)
            self._sets.append(columns)
            self._names_by_set.append(0)
        return self._id_by_set[columns]

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


def _key(base: Index, claim: Claim) -> tuple[str, str]:
    source = base.sources[claim.source]
    return source.category, source.name


def _find(views: Views, hashed: int) -> tuple[int, bool]:
    """Return the place of the name with this hash, or where it belongs; and whether it is there."""
    bucket, middle, low = hashed >> BUCKET_SHIFT, hashed >> 32 & 0xFFFF, hashed & 0xFFFF_FFFF
    end = views.buckets[bucket + 1]
    place = bisect_left(views.middles, middle, views.buckets[bucket], end)
    while place < end and (views.middles[place], views.lows[place]) < (middle, low):
        place += 1
    return place, place < end and (views.middles[place], views.lows[place]) == (middle, low)
