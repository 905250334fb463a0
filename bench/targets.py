"""What filterdns has to reach (floor) and what it is meant to reach (aim), as a table.

Each run measures some of it. What it did not measure is said to be so, and is never met.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, NamedTuple


class Target(NamedTuple):
    """One line: *key* is how results call it. *floor* and *aim* are the worst that will do."""

    key: str
    what: str
    floor: float
    aim: float
    unit: str
    more_is_better: bool
    measured_by: str


class State(Enum):
    """How a figure stands to its target."""

    AIM = "aim reached"
    FLOOR = "floor met"
    BELOW = "below the floor"
    UNKNOWN = "not measured in this run"


class Judged(NamedTuple):
    """A target and what became of it; *value* is None where it was not measured."""

    target: Target
    value: float | None
    state: State


def _at_least(key: str, what: str, floor: float, aim: float, by: str = "run") -> Target:
    return Target(key, what, floor, aim, "×", True, by)


def _at_most(key: str, what: str, floor: float, aim: float, unit: str, by: str = "run") -> Target:
    return Target(key, what, floor, aim, unit, False, by)


TARGETS: Final = (
    _at_least("unbound/mix", "mix, against unbound + RPZ", 0.95, 1.15),
    _at_least("unbound/allowed", "allowed and cached, against unbound", 0.8, 1.0),
    _at_least("unbound/blocked", "blocked, against unbound + RPZ", 1.2, 1.5),
    _at_least("unbound/unseen", "names never seen before, against unbound", 1.3, 2.0),
    _at_least("dnsmasq/mix", "mix, against dnsmasq", 2.5, 3.0),
    _at_least("unbound/school", "school, against unbound with the same clients", 0.7, 1.0),
    _at_least("workers", "two workers against one, where cores allow", 1.7, 1.9, "workers"),
    _at_most("bytes_a_name", "index file, set ids included, at 1 M names or more", 12, 9, "bytes"),
    _at_most("home_memory", "whole program with 1 M names, PSS of all processes", 140, 90, "MB"),
    _at_most("start_5m", "start to first answer, index of 5 M names built", 1.0, 0.4, "s"),
    _at_most("build_5m", "building the index of 5 M names", 20, 8, "s"),
    _at_most("build_memory_5m", "memory of that build's largest process", 500, 250, "MB"),
    _at_most(
        "private_5m", "a worker's private memory for 5 M names beyond none", 5, 0, "MB", "workers"
    ),
    _at_most("source_of_50", "one source of 50 changes: new index", 3, 1, "s", "isolation"),
    _at_most("load_lost", "lost queries while control works", 0, 0, "queries", "isolation"),
    _at_most("load_p99", "p99 while control works, against calm", 2.0, 1.1, "×", "isolation"),
)


def judge(figures: Mapping[str, float], by: str) -> list[Judged]:
    """Return how *figures* by key stand to the targets that the bench *by* measures."""
    return [
        _judge(target, figures.get(target.key)) for target in TARGETS if target.measured_by == by
    ]


def below_floor(judged: Iterable[Judged]) -> list[Judged]:
    """Return those that were measured and do not reach the floor."""
    return [each for each in judged if each.state is State.BELOW]


def _judge(target: Target, value: float | None) -> Judged:
    if value is None:
        return Judged(target, None, State.UNKNOWN)
    sign = 1 if target.more_is_better else -1
    if sign * value >= sign * target.aim:
        return Judged(target, value, State.AIM)
    if sign * value >= sign * target.floor:
        return Judged(target, value, State.FLOOR)
    return Judged(target, value, State.BELOW)
