"""When the windows of people open and close, over days."""

from dataclasses import replace
from itertools import pairwise

import pytest

from filterdns.policy.moment import Moments
from filterdns.policy.ruleset import During, Person
from filterdns.policy.timeline import Hours, Timelines
from filterdns.policy.verdict import Rule
from filterdns.policy.wishes import windows_of
from tests.support.households import BERLIN, CHILD, days, family, moment, schedule

START, END = moment("2026-03-05 00:00"), moment("2026-03-07 00:00")  # a Thursday and a Friday
OWN = schedule("bedtime", "21:00-06:00")
PEOPLE = {
    "plain": Person("plain", "child", BERLIN),
    "late": Person("late", "child", BERLIN, schedules={"bedtime": OWN}),
    "far": Person("far", "child", "America/New_York"),
    "free": Person("free", "child", BERLIN, holidays=(days("2026-03-06"),)),
    "own": Person("own", "child", BERLIN, during=(During("lessons", Rule("b")), CHILD.during[1])),
    "adult": Person("adult", "adults", BERLIN),
}


def test_each_window_has_a_bit_and_each_change_a_moment() -> None:
    changes = Timelines(family(), (START, END)).of(PEOPLE["plain"])
    assert changes[:6] == [
        (START, 0b01),  # bedtime since Wednesday
        (moment("2026-03-05 06:30"), 0b00),
        (moment("2026-03-05 14:00"), 0b10),  # homework
        (moment("2026-03-05 15:30"), 0b00),
        (moment("2026-03-05 16:30"), 0b10),
        (moment("2026-03-05 18:00"), 0b00),
    ]
    assert changes[-1] == (moment("2026-03-06 22:00"), 0b01)


def test_who_has_no_windows_has_no_changes() -> None:
    assert Timelines(family(), (START, END)).of(PEOPLE["adult"]) == [(START, 0)]


@pytest.mark.parametrize("name", PEOPLE)
def test_what_is_open_is_what_the_moment_says(name: str) -> None:
    ruleset, person = family(people=PEOPLE), PEOPLE[name]
    entries, moments = windows_of(ruleset.policies[person.policy], person), Moments(ruleset)
    changes = [*Timelines(ruleset, (START, END)).of(person), (END, 0)]
    for (at, is_open), (until, _) in pairwise(changes):
        for now in (at, until - 1):
            open_now = moments.at(now, person, entries, (), ()).in_schedules
            assert is_open == sum(1 << window.position for window in open_now), now


def test_hours_are_cut_to_the_spans() -> None:
    spans = [(START, moment("2026-03-05 03:00")), (moment("2026-03-06 05:00"), END)]
    hours = Hours(family(), spans).of("bedtime", PEOPLE["plain"])
    assert hours == [
        spans[0],
        (moment("2026-03-06 05:00"), moment("2026-03-06 06:30")),
        (moment("2026-03-06 22:00"), END),
    ]


def test_people_who_go_by_the_same_clocks_share_what_was_read() -> None:
    ruleset = family(people=PEOPLE)
    timelines = Timelines(ruleset, (START, END))
    twin = replace(PEOPLE["plain"], name="twin")
    assert timelines.of(twin) is timelines.of(PEOPLE["plain"])
    assert timelines.of(PEOPLE["free"]) is not timelines.of(PEOPLE["plain"])
