"""Stage C: the names that an answer leads to are looked at, too.

After every row sealed names stay sealed. After A2, A3, A4 nothing else is looked at. After A10 the
bypass kit; after A12 also what windows, names, services and categories block. A lifeline, an
essential or a name that is allowed is fine.
"""

from collections.abc import Sequence

from tests.support.reference.asker import Asker
from tests.support.reference.judging import Decided
from tests.support.reference.rows import (
    Question,
    Said,
    a4_lifelines,
    a5_bypass,
    a10_names,
    a11_categories,
    blocked_by_entry,
)
from tests.support.reference.world import longest_covering


def judge_answer(strict: Sequence[Asker], decided: Decided, targets: Sequence[str]) -> Decided:
    """Return what becomes of an answer that leads to *targets*, after the asked name was *decided*.

    A block never denies the asked name, so it is no NXDOMAIN.
    """
    if decided.said.action == "block":
        return decided
    if any(longest_covering(target, strict[0].world.sealed) for target in targets):
        return _blocked(Said("A1", "block"), strict[0])
    if decided.said.row in ("A2", "A3", "A4"):
        return decided
    for target in targets:
        for asker in strict:
            said = _target(asker, Question(target), decided.said.row)
            if said is not None and said.action == "block":
                return _blocked(said, asker)
    return decided


def _target(asker: Asker, question: Question, row: str) -> Said | None:
    if a4_lifelines(asker, question):
        return None
    said = a5_bypass(asker, question)
    if said is not None or row != "A12":
        return said
    for windows, name in ((asker.in_place, "A7"), (asker.in_schedule, "A8")):
        for entry in windows:
            said = blocked_by_entry(asker, entry, question, name)
            if said is not None:
                return said
    return a10_names(asker, question) or _listed(asker, question)


def _listed(asker: Asker, question: Question) -> Said | None:
    said = a11_categories(asker, question)
    return said if said is not None and said.kind != "pending" else None


def _blocked(said: Said, asker: Asker) -> Decided:
    mode = said.mode or asker.setting("answer", "mode", "zero-ip")
    return Decided(said._replace(row="C"), "nodata" if mode == "nxdomain" else mode)
