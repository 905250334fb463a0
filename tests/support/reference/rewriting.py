"""Stage B: what is let through is answered as the safe twin of an engine.

Who speaks, the first one wins: the open windows of the policy in the order written, the person, the
policy, the nearest first. A place only tightens it. While the time is not known, the strictest of
all counts, and so it does of several askers.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.support.reference.asker import Asker, OpenEntry
from tests.support.reference.rows import Question, Said

MODES = ("off", "moderate", "strict")
LEFT_ALONE = ("MX", "DS", "DNSKEY")  # of the types that are asked here


class Wish(NamedTuple):
    """A mode, and the schedule that asks for it."""

    mode: str
    schedule: str = ""


def rewritten(strict: Sequence[Asker], question: Question, said: Said) -> Said | None:
    """Return what row B says of a question that *said* lets through; None if it is silent.

    *mode* of what is returned is the name that is asked instead, or `nodata`.
    """
    engine = strict[0].world.engines.get(question.name)
    if engine is None or said.row in ("A2", "A3", "A4") or question.qtype in LEFT_ALONE:
        return None
    kind, targets = engine
    wishes = [wish for asker in strict if (wish := wish_of(asker, kind)) is not None]
    if not wishes:
        return None
    wish = _strictest(wishes)
    if wish.mode == "off":
        return None
    target = targets.get(wish.mode) or targets["strict"]
    is_aliased = question.qtype in ("A", "AAAA", "CNAME")
    return Said("B", "rewrite", schedule=wish.schedule, mode=target if is_aliased else "nodata")


def wish_of(asker: Asker, kind: str) -> Wish | None:
    """Return what holds for *asker*, None if nobody has said anything."""
    said = [*_windows(asker.in_schedule, kind)]
    said += [
        Wish(level["safe_search"][kind])
        for level in asker.levels
        if kind in (level.get("safe_search") or {})
    ][:1]
    if asker.is_time_known:
        said = said[:1]
    said += _windows(asker.in_place, kind)
    return _strictest(said) if said else None


def _windows(entries: Sequence[OpenEntry], kind: str) -> Iterator[Wish]:
    for schedule, entry in entries:
        if kind in (entry.get("safe_search") or {}):
            yield Wish(entry["safe_search"][kind], schedule)


def _strictest(wishes: Sequence[Wish]) -> Wish:
    return max(wishes, key=lambda wish: MODES.index(wish.mode))
