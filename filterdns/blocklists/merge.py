"""Runs, merged into an index file.

Shard by shard of the hashes' leading bits, so that only a small part of all names is held as
Python objects at a time, and with set operations instead of a heap: most names stand in one run.
"""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.layout import BUCKETS, MAX_SETS, Claim, Header, Kind, Source, Table
from filterdns.blocklists.name_hash import HASH_BITS
from filterdns.blocklists.pattern import LabelPattern
from filterdns.blocklists.run import Run
from filterdns.blocklists.shards import SHARD_COUNT, SHARD_SHIFT
from filterdns.errors import BlocklistError


def write_index(
    target: Path,
    lists: Sequence[tuple[Source, Run]],
    patterns: Sequence[tuple[Source, tuple[LabelPattern, ...]]],
    *,
    hash_key: bytes,
    content_key: bytes,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write the index of *lists* and *patterns* to *target*.

    All runs must have been made with *hash_key*. *progress* is told how many of how many shards
    are merged. Raises `BlocklistError` if the disk refuses or there are too many set ids.
    """
    sets = _Sets()
    names = _Names()
    runs = [run.hashes for _, run in lists]
    for shard in range(SHARD_COUNT):
        names.append(_merged(shard, runs, sets))
        progress(shard + 1, SHARD_COUNT)
    pattern_sets = tuple(
        (sets.only(len(lists) + place), rules) for place, (_, rules) in enumerate(patterns)
    )
    table = Table(
        tuple(source for source, _ in (*lists, *patterns)), sets.claims(), pattern_sets
    ).to_bytes()
    reports = [run.report for _, run in lists if run.report.names]
    checksum = 0
    for part in names.parts():
        checksum = zlib.crc32(part, checksum)
    header = Header(
        names=names.count,
        table_bytes=len(table),
        fewest_labels=min((report.fewest_labels for report in reports), default=0),
        most_labels=max((report.most_labels for report in reports), default=0),
        hash_key=hash_key,
        content_key=content_key,
        names_checksum=checksum,
        table_checksum=zlib.crc32(table),
    )
    with new_file(target) as file:
        file.write(header.to_bytes())
        for part in names.parts():
            file.write(part)
        file.write(table)


class _Sets:
    """Gives out set ids: one for each combination of sources that claims a name."""

    def __init__(self) -> None:
        self._id_by_sources: dict[tuple[int, ...], int] = {}
        self._sources_by_id: list[tuple[int, ...]] = []
        self._joined: dict[tuple[int, int], int] = {}

    def only(self, source: int) -> int:
        """Return the id of the set of one *source*."""
        return self._id((source,))

    def joined(self, set_id: int, source: int) -> int:
        """Return the id of the set *set_id* with *source* added."""
        known = self._joined.get((set_id, source))
        if known is None:
            known = self._id((*self._sources_by_id[set_id], source))
            self._joined[set_id, source] = known
        return known

    def claims(self) -> tuple[tuple[Claim, ...], ...]:
        """Return what each id stands for. Only blocks yet: no format that is read has others."""
        return tuple(
            tuple(Claim(source, Kind.BLOCK) for source in sources)
            for sources in self._sources_by_id
        )

    def _id(self, sources: tuple[int, ...]) -> int:
        if sources not in self._id_by_sources:
            if len(self._sources_by_id) == MAX_SETS:
                raise BlocklistError(
                    f"found over {MAX_SETS} combinations of lists that claim a name, "
                    f"expected fewer; use fewer lists"
                )
            self._id_by_sources[sources] = len(self._sources_by_id)
            self._sources_by_id.append(sources)
        return self._id_by_sources[sources]


class _Names:
    """The parts of the file that grow with the names."""

    def __init__(self) -> None:
        self._buckets = array("I")
        self._middles = array("I")
        self._lows = array("H")
        self._set_ids = array("H")

    @property
    def count(self) -> int:
        return len(self._set_ids)

    def append(self, set_id_by_hash: dict[int, int]) -> None:
        """Append the names of the next shard."""
        hashes = sorted(set_id_by_hash)
        first_bucket = len(self._buckets)
        self._buckets.extend(
            self.count + bisect_left(hashes, bucket << _BUCKET_SHIFT)
            for bucket in range(first_bucket, first_bucket + BUCKETS // SHARD_COUNT)
        )
        self._middles.extend([hashed >> 16 & 0xFFFFFFFF for hashed in hashes])
        self._lows.extend([hashed & 0xFFFF for hashed in hashes])
        self._set_ids.extend([set_id_by_hash[hashed] for hashed in hashes])

    def parts(self) -> tuple["array[int]", ...]:
        """Return the parts in the order of the file, once every shard is there."""
        return (
            self._buckets + array("I", [self.count]),
            self._middles,
            self._lows,
            self._set_ids,
        )


_BUCKET_SHIFT: Final = HASH_BITS - 16


def _merged(shard: int, runs: Sequence["memoryview[int]"], sets: _Sets) -> dict[int, int]:
    """Return the set id of each hash in *shard* of *runs*."""
    set_id_by_hash: dict[int, int] = {}
    for source, hashes in enumerate(runs):
        start = bisect_left(hashes, shard << SHARD_SHIFT)
        end = bisect_left(hashes, (shard + 1) << SHARD_SHIFT)
        here = set(hashes[start:end])
        shared = {
            hashed: sets.joined(set_id_by_hash[hashed], source)
            for hashed in set_id_by_hash.keys() & here
        }
        if here:
            set_id_by_hash.update(dict.fromkeys(here, sets.only(source)))
            set_id_by_hash.update(shared)
    return set_id_by_hash
