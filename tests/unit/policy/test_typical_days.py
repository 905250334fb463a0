"""The days that are looked at to see what schedules do."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from filterdns.policy.typical_days import midnight, plain_week, turning_days, typical_spans
from tests.support.households import BERLIN, days, family, moment, schedule

HOUSE = family(holidays=(days("2026-12-21", "2027-01-03"),))


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_plain_week_begins_today_where_no_holiday_is_near() -> None:
    assert plain_week([HOUSE], day("2026-11-30")) == day("2026-11-30")


def test_a_plain_week_has_no_holiday_in_it_nor_around_it() -> None:
    assert plain_week([HOUSE], day("2026-12-14")) == day("2027-01-05")


def test_a_week_is_plain_only_where_all_say_so() -> None:
    other = family(holidays=(days("2026-12-03"),))
    assert plain_week([HOUSE, other], day("2026-11-30")) == day("2026-12-05")


def test_where_there_is_no_plain_week_today_has_to_do() -> None:
    always = family(holidays=(days("2026-01-01", "2028-12-31"),))
    assert plain_week([always], day("2026-11-30")) == day("2026-11-30")


def test_both_ends_of_holidays_and_dates_are_turning_days() -> None:
    house = replace(
        HOUSE, schedules={"party": schedule("party", dates={"2026-12-31": "20:00-23:00"})}
    )
    assert turning_days([house], day("2026-11-30")) == [
        day("2026-12-21"),
        day("2027-01-04"),
        day("2026-12-31"),
    ]


def test_what_is_over_or_far_away_is_no_turning_day() -> None:
    assert turning_days([HOUSE], day("2026-12-25")) == [day("2027-01-04")]
    assert turning_days([HOUSE], day("2020-01-01")) == []


def test_the_spans_are_the_week_and_days_around_the_turns_in_local_time() -> None:
    week, *turns = typical_spans(HOUSE, moment("2026-11-30 12:00"))
    assert week == (moment("2026-11-30 00:00"), moment("2026-12-08 00:00"))
    assert turns == [
        (moment("2026-12-20 00:00"), moment("2026-12-23 00:00")),
        (moment("2027-01-03 00:00"), moment("2027-01-06 00:00")),
    ]


def test_midnight_is_where_the_day_begins_there() -> None:
    assert midnight(day("2026-03-05"), ZoneInfo(BERLIN)) == moment("2026-03-05 00:00")


def test_the_next_events_of_calendars_are_turning_days() -> None:
    start = int(moment("2026-12-01 09:00"))
    many = tuple((start + 86_400 * step, start + 86_400 * step + 3600) for step in range(-5, 100))
    exam = replace(schedule("exam"), events=many, local_events=((start, start + 60),))
    found = turning_days([replace(HOUSE, holidays=(), schedules={"exam": exam})], day("2026-11-30"))
    assert found == list(range(day("2026-11-30"), day("2026-11-30") + 20))
