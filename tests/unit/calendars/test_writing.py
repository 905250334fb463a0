"""A timetable as a calendar: whoever opens it finds the windows at the same moments."""

from datetime import datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from filterdns.calendars.occurrences import Horizon
from filterdns.calendars.parse import read_calendar
from filterdns.calendars.writing import write_timetable
from filterdns.control.rules import Rules
from filterdns.control.timetable import WantedTimetable, read_timetable
from tests.support.configs import compiled
from tests.support.households import BERLIN, moment

BODY = """\
schedules: {bedtime: {daily: 20:30-06:30}, early: {daily: "02:15-02:45, 05:00-05:10"}}
policies: {child: {during: {early: {internet: off}, bedtime: {block: [games, "a,b.example"]}}}}
people: {mia: {policy: child, timezone: ZONE}}
"""


def timetable(folder: Path, first: str, count: int, zone: str = BERLIN) -> Any:
    body = BODY.replace("ZONE", zone).replace('"a,b.example"', "b.example")
    rules = Rules(compiled(folder, body), None, {})
    now = moment(f"{first} 12:00", zone)
    return read_timetable(WantedTimetable("mia", first, count), rules, now)


def spans(found: Any) -> set[tuple[int, int]]:
    return {
        (each["start"], each["end"]) for window in found["windows"] for each in window["stretches"]
    }


def opened(data: bytes) -> set[tuple[int, int]]:
    events = icalendar.Calendar.from_ical(data).events
    return {
        (int(each.start.timestamp()), int(each.end.timestamp()))
        for each in events
        if isinstance(each.start, datetime) and isinstance(each.end, datetime)
    }


CHANGES = pytest.mark.parametrize(
    ("zone", "first"),
    [
        (BERLIN, "2026-03-27"),
        (BERLIN, "2026-10-23"),
        (BERLIN, "2026-12-29"),
        ("America/New_York", "2026-03-06"),
        ("America/New_York", "2026-10-30"),
        ("Australia/Lord_Howe", "2026-04-03"),
        ("Australia/Lord_Howe", "2026-10-02"),
        ("Pacific/Chatham", "2026-09-25"),
        ("Africa/Casablanca", "2026-02-13"),
        ("Asia/Kathmandu", "2026-06-01"),
    ],
)


@CHANGES
def test_a_reader_finds_the_same_moments(tmp_path: Path, zone: str, first: str) -> None:
    found = timetable(tmp_path, first, 7, zone)
    assert opened(write_timetable(found)) == spans(found)


@CHANGES
def test_the_zone_that_is_written_says_the_same_as_its_name(
    tmp_path: Path, zone: str, first: str
) -> None:
    # Under a name that nobody knows, a reader has to go by what stands in the calendar.
    found = timetable(tmp_path, first, 7, zone)
    data = write_timetable(found).replace(zone.encode(), b"Nowhere/" + first.encode())
    assert opened(data) == spans(found)


def test_our_own_reader_takes_it(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-10-23", 7)
    read = read_calendar(write_timetable(found), ("early",), Horizon.at(moment("2026-10-01 00:00")))
    [early] = [each for each in found["windows"] if each["schedule"] == "early"]
    assert list(read.absolute) == [(each["start"], each["end"]) for each in early["stretches"]]
    assert read.doubt == ""


def test_an_event_says_what_holds(tmp_path: Path) -> None:
    data = write_timetable(timetable(tmp_path, "2026-06-01", 1))
    [first, *_] = icalendar.Calendar.from_ical(data).events
    assert (first["summary"], first["description"]) == ("Early", "mia: internet: off")


def test_the_same_window_keeps_its_id(tmp_path: Path) -> None:
    ids = [
        {
            str(each["uid"])
            for each in icalendar.Calendar.from_ical(
                write_timetable(timetable(tmp_path, first, 3))
            ).events
        }
        for first in ("2026-06-01", "2026-06-02")
    ]
    assert len(ids[0] & ids[1]) == 7  # two days in common, and a night that reaches in


def test_without_windows_it_is_a_calendar_all_the_same(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-06-01", 1) | {"windows": []}
    assert icalendar.Calendar.from_ical(write_timetable(found)).events == []
