"""Which windows are open for a person, and how long nothing of that changes."""

from dataclasses import replace
from math import inf

import pytest

from filterdns.policy.moment import Moment, Moments
from filterdns.policy.ruleset import Ruleset, Window
from tests.support.households import BEDTIME, CHILD, family, moment, school

LENA = family().people["lena"]
TOM = replace(family().people["tom"], schedules={})
NIGHT = moment("2026-03-05 23:00")
LESSON = moment("2026-03-05 09:00")


def at(
    now: float, ruleset: Ruleset | None = None, *places: str, blocked: tuple[str, ...] = ()
) -> Moment:
    return Moments(ruleset or school()).at(now, LENA, CHILD.during, places, blocked)


def test_the_open_windows_are_known_with_their_ends_in_words() -> None:
    found = at(NIGHT)
    assert [(window.entry.schedule, window.until) for window in found.in_schedules] == [
        ("bedtime", " until 06:30")
    ]
    assert found.in_places == ()


def test_the_next_change_of_any_schedule_ends_it() -> None:
    found = at(moment("2026-03-05 15:00"))
    assert found.valid_from == moment("2026-03-05 14:00")
    assert found.valid_until == moment("2026-03-05 15:30")


def test_only_places_that_are_asked_about_count() -> None:
    assert at(LESSON).in_places == ()
    found = at(LESSON, None, "room-12", "a-room-that-is-gone")
    assert [window.entry.schedule for window in found.in_places] == ["lessons"]
    assert found.valid_until == moment("2026-03-05 12:15")


def test_without_schedules_it_lasts_for_ever() -> None:
    found = Moments(family()).at(NIGHT, LENA, (), (), ())
    assert (found.valid_from, found.valid_until) == (-inf, inf)


@pytest.mark.parametrize(("now", "pending"), [(NIGHT + 9, "dating"), (NIGHT + 10, "")])
def test_a_missing_list_is_waited_for_until_its_time(now: float, pending: str) -> None:
    found = at(
        now, family(pending={"dating": NIGHT + 10, "games": NIGHT + 5}), blocked=("adult", "dating")
    )
    assert found.pending == pending
    assert NIGHT + 10 in (found.valid_from, found.valid_until)


def test_while_the_time_is_not_known_every_window_of_the_local_day_is_open() -> None:
    moments = Moments(school())
    found = moments.at(LESSON, LENA, CHILD.during, ["room-12"], (), is_time_known=False)
    assert [window.entry.schedule for window in found.in_places] == ["lessons"]
    assert [window.entry.schedule for window in found.in_schedules] == ["bedtime", "homework"]
    assert {window.until for window in found.in_places + found.in_schedules} == {None}
    assert found.valid_from == moment("2026-03-05 00:00")
    assert found.valid_until == moment("2026-03-06 00:00")


def test_without_schedules_it_does_not_matter_whether_the_time_is_known() -> None:
    found = Moments(family()).at(NIGHT, LENA, (), (), (), is_time_known=False)
    assert found == Moments(family()).at(NIGHT, LENA, (), (), ())


class CountedDates(dict[str, tuple[Window, ...]]):
    """The dates of a schedule, which know how often a day was looked up."""

    looks = 0

    def get(self, key: str, default: object = None) -> tuple[Window, ...] | None:  # type: ignore[override]
        self.looks += 1
        return super().get(key)


def test_a_schedule_that_many_share_is_read_once() -> None:
    dates = CountedDates({"2026-12-24": ()})
    schedules = {**family().schedules, "bedtime": replace(BEDTIME, dates=dates)}
    moments = Moments(family(schedules=schedules))
    first = moments.at(NIGHT, LENA, CHILD.during, (), ())
    looks = dates.looks
    assert looks > 0
    assert moments.at(NIGHT + 60, TOM, CHILD.during, (), ()) == first
    assert dates.looks == looks
