"""Events as plain numbers: what is looked at, and the whole days that they cover."""

import json
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.calendars.occurrences import (
    SECONDS_PER_DAY,
    Horizon,
    Occurrences,
    from_plain,
    joined,
    last_day,
    local_seconds_of,
    whole_days,
)
from tests.support.households import BERLIN, days, moment

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda each: (each[0], sum(each))),
    max_size=8,
)


def local(*ranges: tuple[str, str]) -> Occurrences:
    found = [tuple(local_seconds_of(date.fromisoformat(day)) for day in each) for each in ranges]
    return Occurrences(tuple((first, last) for first, last in found), (), len(found), len(found))


def absolute(first: str, last: str, zone: str = BERLIN) -> Occurrences:
    return Occurrences((), ((int(moment(first, zone)), int(moment(last, zone))),), 1, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-01 00:00", "2026-10-01", "2029-11-01"),
        ("2026-11-30 23:59", "2026-10-01", "2029-11-01"),
        ("2026-12-01 00:00", "2026-11-01", "2029-12-01"),
        ("2027-01-15 12:00", "2026-12-01", "2030-01-01"),
        ("2028-02-29 12:00", "2028-01-01", "2031-02-01"),
    ],
)
def test_a_month_back_and_three_years_on_are_looked_at(text: str, first: str, last: str) -> None:
    found = Horizon.at(moment(text, "UTC"))
    assert [date.fromordinal(day).isoformat() for day in found] == [first, last]


@pytest.mark.parametrize(
    ("occurrences", "expected"),
    [
        (local(("2026-12-21", "2027-01-04")), (days("2026-12-21", "2027-01-03"),)),
        (absolute("2026-12-21 00:00", "2026-12-22 00:00"), (days("2026-12-21"),)),
        (absolute("2026-12-21 00:01", "2026-12-22 00:00"), ()),
        (absolute("2026-12-21 09:00", "2026-12-22 23:00"), ()),
        (absolute("2026-12-21 09:00", "2026-12-23 08:00"), (days("2026-12-22"),)),
        (absolute("2026-03-29 00:00", "2026-03-30 00:00"), (days("2026-03-29"),)),  # 23 hours
        (absolute("2026-10-25 00:00", "2026-10-26 00:00"), (days("2026-10-25"),)),  # 25 hours
        (absolute("2026-12-21 00:00", "2026-12-22 00:00", "UTC"), ()),
    ],
)
def test_a_day_that_is_covered_whole_counts(
    occurrences: Occurrences, expected: tuple[tuple[int, int], ...]
) -> None:
    assert whole_days(occurrences, BERLIN) == expected


def test_days_side_by_side_are_one_range() -> None:
    found = local(("2026-12-21", "2026-12-22"), ("2026-12-22", "2026-12-23"))
    assert whole_days(found, BERLIN) == (days("2026-12-21", "2026-12-22"),)


@given(spans)
def test_what_is_joined_covers_the_same_and_stays_apart(ranges: list[tuple[int, int]]) -> None:
    found = joined(ranges)
    assert {at for start, end in found for at in range(start, end)} == {
        at for start, end in ranges for at in range(start, end)
    }
    assert all(end < later for (_, end), (later, _) in pairwise(found))


def test_the_last_day_is_that_of_any_kind() -> None:
    found = local(("2026-12-21", "2027-01-04"))
    assert last_day(found) == days("2027-01-03")[0]
    later = found._replace(absolute=absolute("2027-05-06 09:00", "2027-05-06 10:00").absolute)
    assert last_day(later) == days("2027-05-06")[0]
    assert last_day(Occurrences((), (), 0, 3)) is None


def test_they_go_through_json() -> None:
    found = Occurrences(((0, SECONDS_PER_DAY),), ((5, 7),), 2, 9, "odd")
    assert from_plain(json.loads(json.dumps(found._asdict()))) == found


@pytest.mark.parametrize("values", [None, [], {"local": 1}, {"local": [[1]]}, {"others": []}])
def test_what_is_none_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_plain(values)
