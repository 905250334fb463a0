from datetime import date

import pytest

from filterdns.control.at import read_at, read_day, write_at
from filterdns.errors import ControlError, InvalidValue
from tests.support.households import BERLIN, days, moment

NOW = moment("2026-03-05 20:30")  # a Thursday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "2026-03-05 20:30"),
        ("now", "2026-03-05 20:30"),
        ("21:15", "2026-03-05 21:15"),
        ("20:30", "2026-03-05 20:30"),
        ("20:29", "2026-03-06 20:29"),
        ("20:30:30", "2026-03-05 20:30:30"),
        ("Fri 21:15", "2026-03-06 21:15"),
        ("thu 20:30", "2026-03-05 20:30"),
        ("Thu 20:29", "2026-03-12 20:29"),
        ("2026-12-24 21:15", "2026-12-24 21:15"),
        ("2026-12-24T21:15:30", "2026-12-24 21:15:30"),
        ("2026-12-24T20:15:00+00:00", "2026-12-24 21:15"),
    ],
)
def test_a_moment_is_read(text: str, expected: str) -> None:
    assert read_at(text, BERLIN, (), NOW) == moment(expected)


def test_a_weekday_is_one_of_a_plain_week_as_in_the_config() -> None:
    holidays = (days("2026-03-06"),)
    assert read_at("Fri 21:15", BERLIN, holidays, NOW) == moment("2026-03-13 21:15")


@pytest.mark.parametrize("text", ["soon", "25:00", "Fri", "2026-13-01 10:00", "10:00+01:00"])
def test_anything_else_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_at(text, BERLIN, (), NOW)
    assert refused.value.cure


def test_what_is_no_moment_is_told_with_all_that_would_be_one() -> None:
    with pytest.raises(InvalidValue, match="write it like Fri 21:59, 21:59, 2026-12-24 21:59"):
        read_at("9pm", BERLIN, (), NOW)


def test_a_moment_is_written_with_its_day() -> None:
    assert write_at(NOW, BERLIN) == "Thu 2026-03-05 20:30"


def test_a_day_is_read() -> None:
    today = date(2026, 3, 5)
    assert read_day("", today) == today
    assert read_day("2026-12-24", today) == date(2026, 12, 24)
    for text in ("tomorrow", "0001-01-01", "9999-12-31"):
        with pytest.raises(ControlError, match=text):
            read_day(text, today)
