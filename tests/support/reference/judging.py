"""The whole way of a question: who asks, the rows, the strictest of all, the way of the answer."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.support.reference.asker import Asker, Identity, OpenEntry, askers, who_asks
from tests.support.reference.calendar import MINUTE
from tests.support.reference.rewriting import rewritten
from tests.support.reference.rows import ROWS, Question, Said, open_names
from tests.support.reference.world import World, lies_in

LONGEST_WALK_MINUTES = 9 * 24 * 60


class Decided(NamedTuple):
    """What is decided about a question, and how it is answered if it is blocked or rewritten."""

    said: Said
    mode: str


def decide(
    world: World, address: str, question: Question, now: float, *, is_time_known: bool = True
) -> Decided:
    """Return the verdict on *question* from *address* at *now* (Unix seconds)."""
    return judge(candidates(world, address, now, is_time_known=is_time_known), question)


def candidates(
    world: World, address: str, now: float, *, is_time_known: bool = True
) -> list[Asker]:
    """Return those of whom the strictest decides about questions from *address* at *now*."""
    return list(askers(world, who_asks(world, address), now, is_time_known=is_time_known))


def judge(strict: Sequence[Asker], question: Question) -> Decided:
    """Return the strictest verdict of *strict*: the first that blocks, if any does.

    A lifeline is blocked only if it is so for all of them.
    """
    said = [(first_to_speak(asker, question), asker) for asker in strict]
    is_closed = all(each.action == "block" for each, _ in said)
    for each, asker in said:
        if each.action == "block" and (each.row != "A4" or is_closed):
            return _blocked(each, asker, strict, question)
    said = [(each, asker) for each, asker in said if each.action != "block"]
    # What stage C looks at closest, if nobody blocks: what nothing has allowed on purpose.
    closest = next((each for each, _ in said if each.row == "A12"), said[0][0])
    twin = rewritten(strict, question, closest)
    return Decided(closest, "") if twin is None else Decided(twin, twin.mode)


def first_to_speak(asker: Asker, question: Question) -> Said:
    """Return what the first row that speaks says: stage A."""
    for row in ROWS:
        said = row(asker, question)
        if said is not None:
            return said
    raise AssertionError("the last row always speaks")


def _blocked(said: Said, asker: Asker, strict: Sequence[Asker], question: Question) -> Decided:
    if question.qtype in ("DS", "DNSKEY") and said.row != "A1":
        return Decided(Said("A12", "allow"), "")  # so that what is allowed below it validates
    mode = said.mode or asker.setting("answer", "mode", "zero-ip")
    if mode == "nxdomain" and is_above_open(strict, question.name):
        mode = "nodata"
    return Decided(said, mode)


def is_above_open(strict: Sequence[Asker], name: str) -> bool:
    """Whether something below *name* is open (RFC 8020 section 2)."""
    return any(
        each != name and lies_in(each, name) for asker in strict for each in open_names(asker)
    )


def in_force(
    world: World, identity: Identity, now: float, *, is_time_known: bool = True
) -> list[tuple[list[OpenEntry], list[OpenEntry], list[str]]]:
    """Return all of what is decided by that depends on the time."""
    waiting = [category for category, until in world.pending.items() if now < until]
    return [
        (asker.in_place, asker.in_schedule, waiting)
        for asker in askers(world, identity, now, is_time_known=is_time_known)
    ]


def next_change(world: World, identity: Identity, now: float) -> float | None:
    """Return the first minute after *now* at which something else is in force, found by walking.

    None where nothing changes for more than a week.
    """
    current = in_force(world, identity, now)
    minute = now // MINUTE * MINUTE
    for _ in range(LONGEST_WALK_MINUTES):
        minute += MINUTE
        if in_force(world, identity, minute) != current:
            return minute
    return None
