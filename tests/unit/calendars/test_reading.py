"""A calendar is read by a process of its own, which may fail without harm."""

from pathlib import Path

import pytest

from filterdns.calendars.occurrences import Horizon
from filterdns.calendars.parse import read_calendar
from filterdns.calendars.reading import MAX_BYTES, read_apart, read_file
from filterdns.errors import CalendarError
from tests.support.calendars import MINISTRY, calendar
from tests.support.households import moment

HORIZON = Horizon.at(moment("2026-11-29 12:00"))


def test_what_the_process_says_is_what_the_parser_finds() -> None:
    assert read_apart(MINISTRY, ("*ferien",), HORIZON) == read_calendar(
        MINISTRY, ("*ferien",), HORIZON
    )


def test_what_it_complains_of_is_told() -> None:
    with pytest.raises(CalendarError, match="no BEGIN:VCALENDAR"):
        read_apart(b"hello", (), HORIZON)


def test_more_than_fits_into_memory_ends_that_process_alone() -> None:
    flood = ["DTSTART:20261201T080000Z DURATION:PT1H RRULE:FREQ=DAILY;INTERVAL=1"] * 20
    with pytest.raises(CalendarError, match=r"dates in three years|time or memory"):
        read_apart(calendar(*flood), (), HORIZON)


def test_a_file_is_read_within_bounds(tmp_path: Path) -> None:
    file = tmp_path / "a.ics"
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(read_file(file)) == MAX_BYTES
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(CalendarError, match="found more than 4 MiB"):
        read_file(file)


@pytest.mark.parametrize(("name", "why"), [("gone.ics", "No such file"), (".", "no file")])
def test_what_is_no_file_is_told(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(CalendarError, match=why):
        read_file(tmp_path / name)
