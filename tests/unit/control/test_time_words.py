"""Spans of time as people say them."""

from zoneinfo import ZoneInfo

import pytest

from filterdns.control.time_words import date_words, week_times, week_words
from filterdns.policy.difference import Span
from tests.support.households import BERLIN, moment

ZONE = ZoneInfo(BERLIN)


def span(start: str, end: str) -> Span:
    return moment(start), moment(end)


def evenings(*days: int, until: str = "20:30") -> list[Span]:
    """Spans on days of a March that begins on a Sunday, from 19:30."""
    return [span(f"2026-03-{day:02} 19:30", f"2026-03-{day:02} {until}") for day in days]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([2], "Mon 19:30-20:30"),
        ([2, 3], "Mon, Tue 19:30-20:30"),
        ([2, 3, 4, 5], "Mon-Thu 19:30-20:30"),
        ([1, 2, 3, 4, 5], "Sun-Thu 19:30-20:30"),
        ([2, 4, 6], "Mon, Wed, Fri 19:30-20:30"),
        ([1, 2, 3, 4, 5, 6, 7], "every day 19:30-20:30"),
        ([7, 1], "Sat, Sun 19:30-20:30"),
    ],
)
def test_days_with_the_same_hours_are_told_together(days: list[int], words: str) -> None:
    assert week_words(week_times(evenings(*days), ZONE)) == words


def test_other_hours_are_told_apart_the_first_day_first() -> None:
    spans = [*evenings(6, until="22:00"), *evenings(2, 3, 4)]
    assert week_words(week_times(spans, ZONE)) == "Mon-Wed 19:30-20:30, Fri 19:30-22:00"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-05 20:30", "2026-03-06 06:30", "Thu 20:30-06:30"),
        ("2026-03-05 20:30", "2026-03-06 00:00", "Thu 20:30-24:00"),
        ("2026-03-05 00:00", "2026-03-06 00:00", "Thu 00:00-24:00"),
        ("2026-03-06 20:30", "2026-03-08 06:30", "Fri 20:30-06:30 Sun"),
    ],
)
def test_a_night_belongs_to_its_evening(start: str, end: str, words: str) -> None:
    assert week_words(week_times([span(start, end)], ZONE)) == words


def test_dates_are_told_and_many_are_counted() -> None:
    spans = evenings(2, 3, 4, 5, 6)
    assert date_words(spans[:1], ZONE) == "Mon 2026-03-02 19:30-20:30"
    assert date_words(spans, ZONE).endswith("Wed 2026-03-04 19:30-20:30, 2 more")
