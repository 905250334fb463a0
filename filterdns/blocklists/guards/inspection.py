"""All guards over all lists of a build: which copy is in force, and without which entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from filterdns.blocklists.guards.entries import EntryGuard, Hit, Why, canary_hits
from filterdns.blocklists.guards.popular import PopularGuard
from filterdns.blocklists.guards.reviews import Decisions, Reviews, SourceKey
from filterdns.blocklists.guards.sift import sift
from filterdns.blocklists.guards.sources import trouble_with
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.name_hash import NameHash
from filterdns.blocklists.run import Run
from filterdns.dns.names import from_text, to_text


class Copies(NamedTuple):
    """What there is of a list: what it became, if it could be read, and its last good copy.

    *is_ours*: it ships with the project, and its updates come with the program.
    """

    source: SourceKey
    new: Run | None
    good: Run | None
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the guards say of a list.

    *run* is what is in force, without what was *taken_out*; *raw* is the same with it. *trouble*
    says why the new copy is quarantined, empty where it is not. *held* names wait for a review; of
    a locked category they count meanwhile.
    """

    run: Run | None
    raw: Run | None
    trouble: str = ""
    taken_out: Mapping[bytes, Why] = field(default_factory=dict)
    held: tuple[bytes, ...] = ()


class Inspection:
    """The guards, with all that they go by.

    *pinned* are public suffixes that may be blocked all the same, *anchors* the best-known names,
    both by category. *locked* are the categories of which a held name stays blocked.
    """

    def __init__(
        self,
        entries: EntryGuard,
        popular: PopularGuard,
        name_hash: NameHash,
        *,
        pinned: Mapping[str, frozenset[bytes]],
        anchors: Mapping[str, frozenset[bytes]],
        locked: frozenset[str],
        reviews: Reviews,
    ) -> None:
        self._entries = entries
        self._popular = popular
        self._name_hash = name_hash
        self._pinned = pinned
        self._anchors = anchors
        self._locked = locked
        self._reviews = reviews

    def inspect(self, lists: Sequence[Copies], folder: Path) -> list[Inspected]:
        """Return what becomes of each of *lists*; runs without some entries go into *folder*.

        Raises `BlocklistError` if the disk refuses.
        """
        troubles = [self._trouble(copies) for copies in lists]
        raw = [
            copies.good if trouble or copies.new is None else copies.new
            for copies, trouble in zip(lists, troubles, strict=True)
        ]
        held = self._held(lists, raw)
        return [
            self._inspected(copies, trouble, run, hits, folder)
            for copies, trouble, run, hits in zip(lists, troubles, raw, held, strict=True)
        ]

    def _trouble(self, copies: Copies) -> str:
        if copies.is_ours or copies.new is None:
            return ""
        decisions = self._reviews.of(copies.source)
        if copies.new.path.name in decisions.accepted_runs:
            return ""
        if copies.new.path.name in decisions.rejected_runs and copies.good is not None:
            return "it was rejected in a review"
        good = copies.good if copies.good is not None else None
        if good is not None and good.path == copies.new.path:
            return ""
        return trouble_with(
            copies.new.report,
            None if good is None else good.report,
            self._canaries(copies.new),
            () if good is None else self._canaries(good),
        )

    def _canaries(self, run: Run) -> set[bytes]:
        return canary_hits(self._entries.found(run))

    def _held(self, lists: Sequence[Copies], raw: Sequence[Run | None]) -> list[list[Hit]]:
        claimed = [[] if run is None else self._popular.claimed(run) for run in raw]
        found: list[list[Hit]] = []
        for at, (copies, run) in enumerate(zip(lists, raw, strict=True)):
            if run is None or copies.is_ours:
                found.append([])
                continue
            category = copies.source.category
            others = {
                hit.hashed
                for other, hits in enumerate(claimed)
                if other != at and lists[other].source.category == category
                for hit in hits
            }
            found.append(
                self._popular.held(
                    claimed[at],
                    copies.good,
                    others,
                    self._anchors.get(category, frozenset()),
                    self._reviews.of(copies.source),
                )
            )
        return found

    def _inspected(
        self, copies: Copies, trouble: str, raw: Run | None, held: Sequence[Hit], folder: Path
    ) -> Inspected:
        if raw is None:
            return Inspected(None, None, trouble)
        category = copies.source.category
        pinned = self._pinned.get(category, frozenset())
        found = self._entries.found(raw, pinned=pinned)
        if copies.is_ours:
            found = {hit: why for hit, why in found.items() if why is not Why.SUFFIX}
        found |= self._rejected(raw, self._reviews.of(copies.source))
        if category not in self._locked:
            found |= {hit: Why.HELD for hit in held if hit not in found}
        qualified = self._entries.qualified(raw)
        return Inspected(
            run=sift(raw, found, qualified, folder),
            raw=raw,
            trouble=trouble,
            taken_out={**{hit.name: why for hit, why in found.items()}, **qualified},
            held=tuple(sorted({hit.name for hit in held})),
        )

    def _rejected(self, run: Run, decisions: Decisions) -> dict[Hit, Why]:
        names = [from_text(text) for text in decisions.rejected]
        found: dict[Hit, Why] = {}
        for name, hashed in zip(names, self._name_hash(names), strict=True):
            for kind in (Kind.BLOCK, Kind.EXACT, Kind.BELOW):
                hashes = run.hashes_by_kind.get(kind)
                if hashes is not None and hashed in hashes:
                    found[Hit(hashed, kind, name)] = Why.REJECTED
        return found


def texts(names: Iterable[bytes]) -> list[str]:
    """Return *names* as people read them, in order."""
    return sorted(map(to_text, names))
