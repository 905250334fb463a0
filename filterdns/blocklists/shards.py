"""The names of one list while it is read, as hashes in shards by their leading bits.

A set of the names themselves would take 100 bytes a name; this takes 12, and 16 for each name above
it that could be listed too.
"""

from array import array
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.name_hash import HASH_BITS, NameHash

SHARD_COUNT: Final = 64
SHARD_SHIFT: Final = HASH_BITS - 6


class TakenOut(NamedTuple):
    """The hashes of names that do not count: those *removed*, and all at or below those *lifting*.

    But for *spared*.
    """

    removed: frozenset[int] = frozenset()
    lifting: frozenset[int] = frozenset()
    spared: frozenset[int] = frozenset()


NOTHING: Final = TakenOut()
"""Nothing is taken out."""


class Shards:
    """Collects the names of one list: `add` them all, then read `hashes` once.

    After that, *names* is how many are left, *duplicates* how many stood there before, *lifted* how
    many were taken out, *twins* how many were `www.x` beside `x` and left out, *covered* how many
    of those left lie below another. *crcs* are the CRC-32 of all names in the order in which they
    came, for the gate; *shards* is what it collects. Names that speak for themselves alone have no
    twins: *has_twins* is false.
    """

    def __init__(self, *, has_twins: bool = True) -> None:
        self.names = self.duplicates = self.lifted = self.twins = self.covered = 0
        self._has_twins = has_twins
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
                if self._has_twins and name[:4] == _WWW:
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

    def holds(self, hashed: int) -> bool:
        """Whether the name with this hash is among those collected. Slow: looks at many of them."""
        return hashed in self.shards[hashed >> SHARD_SHIFT].own

    def join_both(self, exact: "Shards", below: "Shards") -> None:
        """Take over the names that are in both others: in these they are no longer.

        A zone file says `x` and `*.x` where others say `x`.
        """
        for mine, one, other in zip(self.shards, exact.shards, below.shards, strict=True):
            both = set(one.own).intersection(other.own)
            if not both:
                continue
            mine.own.extend(sorted(both))
            mine.pairs.extend(one.pairs)
            mine.www_pairs.extend(one.www_pairs)
            for shard in (one, other):
                kept = [hashed for hashed in shard.own if hashed not in both]
                del shard.own[:]
                shard.own.extend(kept)

    def hashes(self, helpers: Helpers, out: TakenOut = NOTHING) -> Iterator["array[int]"]:
        """Yield the hashes of the names, ascending, each once, a shard at a time."""
        twins, covered, lifted = ([array("Q") for _ in range(SHARD_COUNT)] for _ in range(3))
        settled = []
        tasks = ((some, out) for some in self._taken())
        for result in chain.from_iterable(helpers.map(_settle_some, tasks)):
            settled.append(result.own)
            self.duplicates += result.duplicates
            self.lifted += result.removed
            found = result.twins, result.covered, result.lifted
            for hashes, by_shard in zip(found, (twins, covered, lifted), strict=True):
                for hashed in hashes:
                    by_shard[hashed >> SHARD_SHIFT].append(hashed)
        for own, here_twins, here_covered, here_lifted in zip(
            settled, twins, covered, lifted, strict=True
        ):
            yield self._kept(own, set(here_twins), set(here_covered), set(here_lifted), out.spared)

    def _kept(
        self,
        own: "array[int]",
        twins: set[int],
        covered: set[int],
        lifted: set[int],
        spared: AbstractSet[int],
    ) -> "array[int]":
        """Return what stays of a shard, and count."""
        here = set(own) if twins or covered or lifted else set[int]()
        gone = here & (lifted - spared)
        left_out = (here & twins) | gone
        kept = array("Q", [one for one in own if one not in left_out]) if left_out else own
        self.names += len(kept)
        self.lifted += len(gone)
        self.twins += len(left_out) - len(gone)
        self.covered += len((here & covered) - left_out)
        return kept

    def _taken(self) -> Iterator[list["_Shard"]]:
        """Yield the shards, some at a time, and forget them."""
        while self.shards:
            some = self.shards[:_SHARDS_AT_ONCE]
            del self.shards[:_SHARDS_AT_ONCE]
            yield some


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
    """A shard in order, and the names of any shard below it: their upper one is listed, or lifts.

    *removed* is how many of its own are taken out.
    """

    own: "array[int]"
    duplicates: int
    removed: int
    twins: "array[int]"
    covered: "array[int]"
    lifted: "array[int]"


def _settle_some(shards: list[_Shard], out: TakenOut) -> list[_Settled]:
    return [_settle(shard, out) for shard in shards]


def _settle(shard: _Shard, out: TakenOut) -> _Settled:
    all_own = set(shard.own)
    listed = all_own - out.removed - (out.lifting - out.spared)
    lifted = array("Q")
    if out.lifting:
        lifted = _below(shard.pairs, out.lifting) + _below(shard.www_pairs, out.lifting)
    return _Settled(
        array("Q", sorted(listed)),
        len(shard.own) - len(all_own),
        len(all_own) - len(listed),
        _below(shard.www_pairs, listed),
        _below(shard.pairs, listed),
        lifted,
    )


def _below(pairs: "array[int]", uppers: AbstractSet[int]) -> "array[int]":
    both = iter(pairs)
    return array("Q", [below for above, below in zip(both, both, strict=True) if above in uppers])


_SHARDS_AT_ONCE: Final = 8
_WWW: Final = b"\x03www"
