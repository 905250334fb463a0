"""Runs, merged: every name once, with the set of all lists that claim it."""

from array import array

import pytest

from filterdns.blocklists import merge as merge_module
from filterdns.blocklists.content import Names
from filterdns.blocklists.merge import merge
from filterdns.blocklists.shards import SHARD_COUNT, SHARD_SHIFT
from filterdns.errors import BlocklistError

A, B, C = 5, (40 << SHARD_SHIFT) + 0x0007_0000_0009, (1 << 64) - 1


def merged(*runs: list[int]) -> Names:
    return merge([memoryview(array("Q", run)) for run in runs])


def sources_of(names: Names) -> list[tuple[int, ...]]:
    return [names.sets[set_id] for set_id in names.set_ids]


def test_a_name_of_several_lists_stands_once_with_all_of_them() -> None:
    names = merged([A, B], [B, C], [B])
    assert sources_of(names) == [(0,), (0, 1, 2), (1,)]
    assert list(memoryview(names.lows).cast("I")) == [5, 9, 0xFFFFFFFF]
    assert list(memoryview(names.middles).cast("H")) == [0, 7, 0xFFFF]
    assert names.ends[0] == 1
    assert names.ends[-2:].tolist() == [2, 3]


def test_each_set_says_how_many_names_have_it() -> None:
    names = merged([A, B], [B, C], [B])
    counts = dict(zip(names.sets, names.names_by_set, strict=True))
    assert {sources: count for sources, count in counts.items() if count} == {
        (0,): 1,
        (1,): 1,
        (0, 1, 2): 1,
    }


def test_nothing_merged_is_no_name() -> None:
    names = merged()
    assert (len(names.set_ids), names.lows, names.sets) == (0, b"", [])


def test_shards_can_be_merged_by_themselves() -> None:
    runs = [memoryview(array("Q", run)) for run in ([A, B], [B, C])]
    first, second = (merge(runs, part) for part in (range(8), range(8, SHARD_COUNT)))
    whole = merge(runs)
    assert first.lows + second.lows == whole.lows
    assert sources_of(first) + sources_of(second) == sources_of(whole)


def test_too_many_combinations_of_lists_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_module, "MAX_SETS", 2)
    with pytest.raises(BlocklistError, match="found over 65536 combinations of lists"):
        merged([A, B], [B, C])


def test_progress_is_told_after_each_shard() -> None:
    told: list[None] = []
    merge([], range(5), progress=lambda: told.append(None))
    assert len(told) == 5
