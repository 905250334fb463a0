"""Entries that may not count: what would close help, devices, or half the internet.

Names are looked for by their hashes, in the run of a list: there are some ten thousand of them,
and a list has millions.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.blocklists.layout import Kind
from filterdns.blocklists.name_hash import NameHash
from filterdns.blocklists.run import Run
from filterdns.dns.names import suffixes

FEW_NAMES: Final = 50_000


class Why(StrEnum):
    """Why an entry does not count."""

    LIFELINE = "would block a lifeline"
    ESSENTIAL = "would block what devices need"
    CANARY = "would block a site that is known to be good"
    SUFFIX = "is a public suffix, under which anybody may register"
    HELD = "is one of the most popular names, and waits for a review"
    REJECTED = "was rejected in a review"


class Kept(NamedTuple):
    """Names that no list may cover, in the order of the reasons that are told."""

    lifelines: Sequence[bytes] = ()
    essentials: Sequence[bytes] = ()
    canaries: Sequence[bytes] = ()


class Hit(NamedTuple):
    """An entry of a list that is known by its name, and what is known of it."""

    hashed: int
    kind: Kind
    name: bytes


class KnownNames:
    """Names that are looked for in runs. A run holds hashes, so only these are told by name."""

    def __init__(self, names: Iterable[bytes], name_hash: NameHash) -> None:
        unique = list(dict.fromkeys(names))
        self.name_by_hash = dict(zip(name_hash(unique), unique, strict=True))

    def hits(self, run: Run, kinds: Iterable[Kind]) -> list[Hit]:
        """Return the entries of these *kinds* in *run* that are among the names."""
        return [
            Hit(hashed, kind, self.name_by_hash[hashed])
            for kind in kinds
            for hashed in _common(self.name_by_hash, run.hashes_by_kind.get(kind))
        ]


class EntryGuard:
    """Tells which entries of a run would close what has to stay open."""

    def __init__(self, kept: Kept, public_suffixes: Iterable[bytes], name_hash: NameHash) -> None:
        self._why_by_name: dict[bytes, Why] = dict.fromkeys(public_suffixes, Why.SUFFIX)
        self._exact_why_by_name: dict[bytes, Why] = {}
        # The weightiest reason comes last, and stays.
        for names, why in (
            (kept.canaries, Why.CANARY),
            (kept.essentials, Why.ESSENTIAL),
            (kept.lifelines, Why.LIFELINE),
        ):
            for name in names:
                self._why_by_name |= dict.fromkeys(suffixes(name), why)
                self._exact_why_by_name[name] = why
        self._covering = KnownNames(self._why_by_name, name_hash)
        self._exact = KnownNames(self._exact_why_by_name, name_hash)

    def found(self, run: Run, *, pinned: Iterable[bytes] = ()) -> dict[Hit, Why]:
        """Return the entries of *run* that may not count, and why.

        *pinned* names may count although they are public suffixes.
        """
        allowed = set(pinned)
        covering = {
            hit: self._why_by_name[hit.name] for hit in self._covering.hits(run, _COVERING_KINDS)
        }
        exact = {
            hit: self._exact_why_by_name[hit.name] for hit in self._exact.hits(run, (Kind.EXACT,))
        }
        return {
            hit: why
            for hit, why in (covering | exact).items()
            if why is not Why.SUFFIX or hit.name not in allowed
        }

    def qualified(self, run: Run) -> dict[bytes, Why]:
        """Return the names of blocks for some types of question that may not count, and why."""
        return {
            each.name: self._why_by_name[each.name]
            for each in run.qualified
            if each.name in self._why_by_name
        }


def canary_hits(found: Mapping[Hit, Why]) -> set[bytes]:
    """Return the names among those *found* that would close something known to be good."""
    return {hit.name for hit, why in found.items() if why not in (Why.SUFFIX, Why.REJECTED)}


def _common(known: Mapping[int, bytes], hashes: "memoryview[int] | None") -> Iterable[int]:
    if hashes is None:
        return ()
    if len(hashes) < FEW_NAMES:
        return sorted(known.keys() & hashes.tolist())
    return [hashed for hashed in sorted(known) if _holds(hashes, hashed)]


def _holds(hashes: "memoryview[int]", hashed: int) -> bool:
    place = bisect_left(hashes, hashed)
    return place < len(hashes) and hashes[place] == hashed


_COVERING_KINDS: Final = (Kind.BLOCK, Kind.BELOW)
