"""The names of one list while it is read, as hashes in shards by their leading bits.

A set of the names themselves would take 100 bytes a name; this takes 8, and 16 for each name above
it that could be listed too.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

from filterdns.blocklists.name_hash import HASH_BITS, NameHash

SHARD_COUNT: Final = 64
SHARD_SHIFT: Final = HASH_BITS - 6


class Shards:
    """Collects the names of one list: `add` them all, then read `hashes` once.

    After that, *names* is how many are left, *duplicates* how many stood there before, *twins* how
    many were `www.x` beside `x` and left out, *covered* how many of those left lie below another.
    *crcs* are the CRC-32 of all names in the order in which they came, for the gate.
    """

    def __init__(self, name_hash: NameHash) -> None:
        self.names = self.duplicates = self.twins = self.covered = 0
        self.crcs = array("I")
        self._name_hash = name_hash
        self._own = _arrays()
        self._pairs = _Pairs()
        self._www_pairs = _Pairs()

    def add(self, names: Iterable[bytes]) -> None:
        """Add canonical *names*."""
        name_hash, own = self._name_hash, self._own
        pairs, www_pairs = self._pairs, self._www_pairs
        add_crc = self.crcs.append
        for name in names:
            hashed = name_hash(name)
            own[hashed >> SHARD_SHIFT].append(hashed)
            add_crc(crc32(name))
            above = name[name[0] + 1 :]
            is_twin = name.startswith(_WWW)
            # A top-level domain is not looked for above: few lists hold one.
            while len(higher := above[above[0] + 1 :]) > 1:
                (www_pairs if is_twin else pairs).add(name_hash(above), hashed)
                above = higher
                is_twin = False

    def hashes(self) -> Iterator["array[int]"]:
        """Yield the hashes of the names, ascending, each once, a shard at a time."""
        twins, covered = _arrays(), _arrays()
        for shard, own in enumerate(self._own):
            listed = set(own)
            self.duplicates += len(own) - len(listed)
            self._own[shard] = array("Q", sorted(listed))
            self._www_pairs.move_listed(shard, listed, twins)
            self._pairs.move_listed(shard, listed, covered)
        for own, shard_twins, shard_covered in zip(self._own, twins, covered, strict=True):
            left_out = set(shard_twins)
            kept = array("Q", [hashed for hashed in own if hashed not in left_out])
            self.names += len(kept)
            self.twins += len(left_out)
            self.covered += len(set(shard_covered) - left_out)
            yield kept


class _Pairs:
    """Names beside one that stands above them, in the shard of the latter."""

    __slots__ = ("_above", "_below")

    def __init__(self) -> None:
        self._above = _arrays()
        self._below = _arrays()

    def add(self, above: int, below: int) -> None:
        shard = above >> SHARD_SHIFT
        self._above[shard].append(above)
        self._below[shard].append(below)

    def move_listed(self, shard: int, listed: set[int], target: list["array[int]"]) -> None:
        """Move the lower names of *shard* whose upper one is *listed* to their own shards."""
        for above, below in zip(self._above[shard], self._below[shard], strict=True):
            if above in listed:
                target[below >> SHARD_SHIFT].append(below)
        self._above[shard] = self._below[shard] = array("Q")


_WWW: Final = b"\x03www"


def _arrays() -> list["array[int]"]:
    return [array("Q") for _ in range(SHARD_COUNT)]
