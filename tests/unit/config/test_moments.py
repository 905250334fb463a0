"""Moments as people name them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from filterdns.config.moments import Moment, read_moment, unix_seconds
from filterdns.errors import InvalidValue
from tests.support.households import days, moment

BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY_NOON = moment("2026-03-05 12:00")


def seconds(text: str, *holidays: tuple[int, int]) -> float:
    return unix_seconds(read_moment(text), BERLIN, holidays, THURSDAY_NOON)


@pytest.mark.parametrize("text", ["Fri 21:59", "fri 21:59", "Friday 21:59", " Fri  21:59 "])
def test_a_weekday_has_a_time(text: str) -> None:
    assert read_moment(text) == Moment(None, 4, 21 * 60 + 59)


@pytest.mark.parametrize(
    "text",
    ["", "Fri", "21:59", "Fri 25:00", "Fri 24:00", "Fr 21:59", "2026-03-05", "tomorrow 12:00",
     "2026-02-30 12:00", "Fri 21:59 CET"],
)  # fmt: skip
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(InvalidValue, match="Fri 21:59"):
        read_moment(text)


@pytest.mark.parametrize("year", ["0001", "1969", "2200", "9999"])
def test_a_year_that_nobody_means_is_no_moment(year: str) -> None:
    with pytest.raises(InvalidValue, match="1970 to 2199"):
        read_moment(f"{year}-12-31 23:59")


def test_a_weekday_is_the_next_one() -> None:
    assert seconds("Fri 21:59") == moment("2026-03-06 21:59")
    assert seconds("Wed 12:00") == moment("2026-03-11 12:00")


def test_today_counts_until_its_time_has_passed() -> None:
    assert seconds("Thu 12:00") == moment("2026-03-05 12:00")
    assert seconds("Thu 11:59") == moment("2026-03-12 11:59")


def test_a_holiday_is_passed_over() -> None:
    assert seconds("Fri 21:59", days("2026-03-06")) == moment("2026-03-13 21:59")


def test_the_eve_of_a_holiday_is_passed_over() -> None:
    assert seconds("Fri 21:59", days("2026-03-07")) == moment("2026-03-13 21:59")


def test_the_day_after_a_holiday_is_plain() -> None:
    assert seconds("Fri 21:59", days("2026-03-05")) == moment("2026-03-06 21:59")


def test_a_weekday_that_never_comes_is_told() -> None:
    with pytest.raises(InvalidValue, match="every fri of the next two years"):
        seconds("Fri 21:59", (date(2026, 1, 1).toordinal(), date(2030, 1, 1).toordinal()))


@pytest.mark.parametrize("text", ["2026-03-06 21:59", "2026-03-06T21:59", "2026-03-06 21:59:00"])
def test_a_date_has_a_time_in_the_zone_of_the_person(text: str) -> None:
    assert seconds(text) == moment("2026-03-06 21:59")


def test_a_date_may_bring_its_own_offset() -> None:
    assert seconds("2026-03-06T20:59:00+00:00") == moment("2026-03-06 21:59")
