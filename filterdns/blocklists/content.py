"""What an index holds before it is a file: names in order, and what their set ids stand for."""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from filterdns.blocklists.layout import MAX_SETS, Claim
from filterdns.blocklists.name_hash import HASH_BITS
from filterdns.blocklists.run import Run
from filterdns.errors import BlocklistError

ColumnSet = tuple[int, ...]
"""The columns that have a name, ascending: each is what one source says in one way."""

BUCKET_SHIFT: Final = HASH_BITS - 16


class Names(NamedTuple):
    """Names in the order of their hashes, a piece of an index or all of it.

    *ends* says for each bucket how many names of the piece stand up to its end. *set_ids* are
    places in *sets*, of which *names_by_set* says how many names have them: some perhaps none.
    """

    ends: "array[int]"
    lows: "array[int]"
    middles: "array[int]"
    set_ids: "array[int]"
    sets: Sequence[ColumnSet]
    names_by_set: Sequence[int]


def columns_of(runs: Sequence[Run]) -> list[Claim]:
    """Return the columns that *runs* have together, in their order: a run has one for each kind."""
    return [Claim(place, kind) for place, run in enumerate(runs) for kind in run.hashes_by_kind]


def bucket_ends(hashes: Sequence[int], buckets: range) -> "array[int]":
    """Return for each of *buckets* where in the ascending *hashes* its end is."""
    ends = array("I")
    end = 0
    for bucket in buckets:
        end = bisect_left(hashes, (bucket + 1) << BUCKET_SHIFT, end)
        ends.append(end)
    return ends


def lows_and_middles(hashes: "array[int]") -> tuple["array[int]", "array[int]"]:
    """Return the last 32 bits of the *hashes*, and the 16 bits before them."""
    low, middle = (0, 2) if sys.byteorder == "little" else (1, 1)
    octets = memoryview(hashes).cast("B")
    return (
        array("I", octets.cast("I")[low::2].tobytes()),
        array("H", octets.cast("H")[middle::4].tobytes()),
    )


def join_sets(
    pieces: Sequence[Names], wanted: Sequence[ColumnSet] = ()
) -> tuple[list[ColumnSet], list[int]]:
    """Return the sets that names of *pieces* have, and those *wanted*, in the order of their ids.

    And how many names have each. The order is that of the places, so that the same sources always
    make the same ids. Raises `BlocklistError` if there are too many.
    """
    names_by_set: dict[ColumnSet, int] = dict.fromkeys(wanted, 0)
    for piece in pieces:
        for sources, names in zip(piece.sets, piece.names_by_set, strict=True):
            if names:
                names_by_set[sources] = names_by_set.get(sources, 0) + names
    if len(names_by_set) > MAX_SETS:
        raise too_many_sets()
    sets = sorted(names_by_set)
    return sets, [names_by_set[sources] for sources in sets]


def too_many_sets() -> BlocklistError:
    """Return the error about more combinations of sources than there are set ids."""
    return BlocklistError(
        f"found over {MAX_SETS} combinations of lists that claim a name, "
        f"expected fewer; use fewer lists"
    )


def numbered(piece: Names, sets: Sequence[ColumnSet]) -> "array[int]":
    """Return the set ids of *piece* as places in *sets*, which has all that names of it have."""
    place_by_set = {sources: place for place, sources in enumerate(sets)}
    places = [place_by_set.get(sources, 0) for sources in piece.sets]
    if places == list(range(len(places))):
        return piece.set_ids
    return array("H", map(places.__getitem__, piece.set_ids))
