"""Names in order: where buckets end, what a hash is cut into, how sets are numbered."""

from array import array

import pytest

from filterdns.blocklists import content
from filterdns.blocklists.content import (
    BUCKET_SHIFT,
    Names,
    bucket_ends,
    join_sets,
    lows_and_middles,
    numbered,
)
from filterdns.errors import BlocklistError


def piece(set_ids: list[int], sets: list[tuple[int, ...]]) -> Names:
    counts = [set_ids.count(place) for place in range(len(sets))]
    return Names(array("I"), b"", b"", array("H", set_ids), sets, counts)


def test_a_bucket_ends_before_the_first_hash_of_the_next() -> None:
    hashes = [0, 1, 1 << BUCKET_SHIFT, (3 << BUCKET_SHIFT) - 1]
    assert bucket_ends(hashes, range(4)).tolist() == [2, 3, 4, 4]


def test_a_hash_is_cut_into_what_its_bucket_does_not_say() -> None:
    lows, middles = lows_and_middles(array("Q", [0xAAAA_1234_0000_0001, 0xBBBB_5678_FFFF_FFFE]))
    assert memoryview(lows).cast("I").tolist() == [1, 0xFFFF_FFFE]
    assert memoryview(middles).cast("H").tolist() == [0x1234, 0x5678]


def test_sets_are_numbered_by_what_they_stand_for_whatever_came_first() -> None:
    one, other = piece([0, 1, 0], [(1,), (0, 1)]), piece([1, 2], [(2, 3), (0,), (1,)])
    expected = ([(0,), (0, 1), (1,)], [1, 1, 3])
    assert join_sets([one, other]) == expected
    assert join_sets([other, one]) == expected


def test_a_set_that_is_wanted_is_there_without_a_name() -> None:
    assert join_sets([piece([0], [(0,)])], [(1,)]) == ([(0,), (1,)], [1, 0])


def test_set_ids_become_places_among_all_sets() -> None:
    names = piece([0, 1, 0], [(1,), (0, 1)])
    assert numbered(names, [(0,), (0, 1), (1,)]).tolist() == [2, 1, 2]


def test_too_many_sets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_SETS", 1)
    with pytest.raises(BlocklistError, match=r"combinations of lists that claim a name"):
        join_sets([piece([0, 1], [(0,), (1,)])])
