"""The names of one list while it is read, as hashes in shards by their leading bits.

A set of the names themselves would take 100 bytes a name; this takes 12, and 16 for each name above
it that could be listed too.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.name_hash import HASH_BITS, NameHash

SHARD_COUNT: Final = 64
SHARD_SHIFT: Final = HASH_BITS - 6


class Shards:
    """Collects the names of one list: `add` them all, then read `hashes` once.

    After that, *names* is how many are left, *duplicates* how many stood there before, *twins* how
    many were `www.x` beside `x` and left out, *covered* how many of those left lie below another.
    *crcs* are the CRC-32 of all names in the order in which they came, for the gate; *shards* is
    what it collects.
    """

    def __init__(self) -> None:
        self.names = self.duplicates = self.twins = self.covered = 0
        self.crcs = array("I")
        self.shards = [_Shard.empty() for _ in range(SHARD_COUNT)]

    def add(self, names: Sequence[bytes], name_hash: NameHash) -> None:
        """Add canonical *names*."""
        self.crcs.extend(map(crc32, names))
        add_own = [shard.own.append for shard in self.shards]
        aboves: list[bytes] = []
        belows: list[int] = []
        www_aboves: list[bytes] = []
        www_belows: list[int] = []
        for name, hashed in zip(names, name_hash(names), strict=True):
            add_own[hashed >> SHARD_SHIFT](hashed)
            above = name[name[0] + 1 :]
            # A top-level domain is not looked for above: few lists hold one.
            if len(higher := above[above[0] + 1 :]) > 1:
                if name[:4] == _WWW:
                    www_aboves.append(above)
                    www_belows.append(hashed)
                    above, higher = higher, higher[higher[0] + 1 :]
                while len(higher) > 1:
                    aboves.append(above)
                    belows.append(hashed)
                    above, higher = higher, higher[higher[0] + 1 :]
        for above_hash, below in zip(name_hash(aboves), belows, strict=True):
            self.shards[above_hash >> SHARD_SHIFT].pairs.extend((above_hash, below))
        for above_hash, below in zip(name_hash(www_aboves), www_belows, strict=True):
            self.shards[above_hash >> SHARD_SHIFT].www_pairs.extend((above_hash, below))

    def extend(self, later: "Shards") -> None:
        """Add what *later* has collected."""
        self.crcs += later.crcs
        for mine, theirs in zip(self.shards, later.shards, strict=True):
            for one, other in zip(mine, theirs, strict=True):
                one += other

    def hashes(self, helpers: Helpers) -> Iterator["array[int]"]:
        """Yield the hashes of the names, ascending, each once, a shard at a time."""
        twins: list[array[int]] = [array("Q") for _ in range(SHARD_COUNT)]
        covered: list[array[int]] = [array("Q") for _ in range(SHARD_COUNT)]
        settled = []
        for result in chain.from_iterable(helpers.map(_settle_some, self._taken())):
            settled.append(result.own)
            self.duplicates += result.duplicates
            for hashed in result.twins:
                twins[hashed >> SHARD_SHIFT].append(hashed)
            for hashed in result.covered:
                covered[hashed >> SHARD_SHIFT].append(hashed)
        for own, shard_twins, shard_covered in zip(settled, twins, covered, strict=True):
            left_out = set(shard_twins)
            kept = array("Q", [one for one in own if one not in left_out]) if left_out else own
            self.names += len(kept)
            self.twins += len(left_out)
            self.covered += len(set(shard_covered) - left_out)
            yield kept

    def _taken(self) -> Iterator[tuple[list["_Shard"]]]:
        """Yield the shards, some at a time, and forget them."""
        while self.shards:
            some = self.shards[:_SHARDS_AT_ONCE]
            del self.shards[:_SHARDS_AT_ONCE]
            yield (some,)


class _Shard(NamedTuple):
    """The hashes of one shard, as they came.

    The pairs are of a hash and, behind it, that of a name below: the former is of this shard.
    """

    own: "array[int]"
    pairs: "array[int]"
    www_pairs: "array[int]"

    @classmethod
    def empty(cls) -> "_Shard":
        return cls(array("Q"), array("Q"), array("Q"))


class _Settled(NamedTuple):
    """A shard in order, and the names below it of any shard: their upper one is listed."""

    own: "array[int]"
    duplicates: int
    twins: "array[int]"
    covered: "array[int]"


def _settle_some(shards: list[_Shard]) -> list[_Settled]:
    return list(map(_settle, shards))


def _settle(shard: _Shard) -> _Settled:
    listed = set(shard.own)
    return _Settled(
        array("Q", sorted(listed)),
        len(shard.own) - len(listed),
        _below_listed(shard.www_pairs, listed),
        _below_listed(shard.pairs, listed),
    )


def _below_listed(pairs: "array[int]", listed: set[int]) -> "array[int]":
    both = iter(pairs)
    return array("Q", [below for above, below in zip(both, both, strict=True) if above in listed])


_SHARDS_AT_ONCE: Final = 8
_WWW: Final = b"\x03www"
