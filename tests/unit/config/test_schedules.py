"""Schedules: lines, and what a person lays over them."""

from datetime import date
from pathlib import Path

import pytest

from filterdns.policy.ruleset import Schedule, Window
from tests.support.configs import compiled, complaints

EVENING = (Window(1230, 390),)
LATE = (Window(1320, 480),)
ALWAYS = (Window(0, 1440),)


def schedule_of(folder: Path, lines: str, own: str = "") -> Schedule:
    """Return the schedule with *lines*, or that of a person who has *own* lines as well."""
    body = f"schedules: {{bedtime: {{{lines}}}}}\npolicies: {{a: {{}}}}\n"
    if not own:
        return compiled(folder, body).ruleset.schedules["bedtime"]
    body += f"people: {{mia: {{policy: a, schedules: {{bedtime: {{{own}}}}}}}}}\n"
    return compiled(folder, body).ruleset.people["mia"].schedules["bedtime"]


def test_lines_spread_over_the_week(tmp_path: Path) -> None:
    schedule = schedule_of(tmp_path, "sun-thu: 20:30-06:30, fri-sat: '22:00-08:00'")
    assert schedule.weekdays == (*[EVENING] * 4, LATE, LATE, EVENING)
    assert schedule.holidays is None


def test_a_day_without_a_line_has_no_window(tmp_path: Path) -> None:
    assert schedule_of(tmp_path, "mon: always").weekdays == (ALWAYS, *[()] * 6)


def test_daily_gives_way_to_a_day(tmp_path: Path) -> None:
    schedule = schedule_of(tmp_path, "fri: never, daily: always")
    assert schedule.weekdays == (*[ALWAYS] * 4, (), ALWAYS, ALWAYS)


def test_holidays_and_dates_have_lines(tmp_path: Path) -> None:
    lines = "holidays: never, 2026-12-24: always, 2026-12-30..2027-01-01: never"
    schedule = schedule_of(tmp_path, lines)
    assert schedule.holidays == ()
    assert schedule.dates == {
        "2026-12-24": ALWAYS,
        "2026-12-30": (),
        "2026-12-31": (),
        "2027-01-01": (),
    }


def test_a_person_changes_only_what_differs(tmp_path: Path) -> None:
    own = schedule_of(
        tmp_path,
        "sun-thu: 20:30-06:30, fri-sat: '22:00-08:00', holidays: never, 2026-12-24: always",
        "wed: never, 2026-12-25: always",
    )
    assert own.weekdays == (EVENING, EVENING, (), EVENING, LATE, LATE, EVENING)
    assert own.holidays == ()
    assert own.dates == {"2026-12-24": ALWAYS, "2026-12-25": ALWAYS}


def test_a_person_may_change_holidays_alone(tmp_path: Path) -> None:
    own = schedule_of(tmp_path, "daily: always, holidays: never", "holidays: always")
    assert own.weekdays == (ALWAYS,) * 7
    assert own.holidays == ALWAYS


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("mon-fri: always, fri-sat: never", '"fri-sat" names fri, as "mon-fri" does'),
        ("2026-12-24: always, 2026-12-20..2026-12-31: never", "names 2026-12-24"),
        ("friday: always", '"friday" names no days; write mon-fri'),
        ("2026-02-30: always", '"2026-02-30" is no date'),
    ],
)
def test_a_line_that_names_no_days_of_its_own_is_told(
    tmp_path: Path, lines: str, complaint: str
) -> None:
    (found,) = complaints(tmp_path, f"schedules: {{bedtime: {{{lines}}}}}\n")
    assert "schedules.bedtime: " in found
    assert complaint in found


def test_an_own_schedule_has_the_name_of_one(tmp_path: Path) -> None:
    body = "schedules: {bedtime: {fri: always}}\npolicies: {a: {}}\n"
    own = "people: {mia: {policy: a, schedules: {bedtme: {fri: never}}}}\n"
    (complaint,) = complaints(tmp_path, body + own)
    assert complaint == (
        'config.yaml:5:39 people.mia.schedules: "bedtme" is not a schedule; did you mean "bedtime"?'
    )


def test_holidays_are_ranges_of_days(tmp_path: Path) -> None:
    body = 'calendar: {holidays: [2027-05-06, "2026-12-21..2027-01-03"]}\n'
    day = date(2027, 5, 6).toordinal()
    assert compiled(tmp_path, body).ruleset.holidays == (
        (date(2026, 12, 21).toordinal(), date(2027, 1, 3).toordinal()),
        (day, day),
    )
