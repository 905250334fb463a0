"""What is told of calendars: by `status`, as trouble, and as doubts of `check`."""

from pathlib import Path
from typing import NamedTuple

import pytest

from filterdns.config.compile import Compiled
from filterdns.control.calendar_report import (
    describe_calendars,
    doubts_about_calendars,
    troubles_of_calendars,
)
from filterdns.control.calendars import Calendars
from tests.support.calendars import MINISTRY, calendar, day
from tests.support.configs import compiled
from tests.support.households import moment

NOW = moment("2026-11-29 12:00")


class Looked(NamedTuple):
    compiled: Compiled
    calendars: Calendars


def looked(folder: Path, data: bytes, entry: str = "'ics:terms.ics'") -> Looked:
    (folder / "terms.ics").write_bytes(data)
    config = compiled(folder, f"calendar: {{holidays: [{entry}]}}\n")
    calendars = Calendars(folder / "kept", lambda: NOW)
    calendars.look(config.calendars.sources)
    return Looked(config, calendars)


def test_each_calendar_is_described(tmp_path: Path) -> None:
    [found] = describe_calendars(*looked(tmp_path, MINISTRY))
    assert found == {
        "name": "terms.ics",
        "key": "calendar.holidays[0]",
        "where": "config.yaml:3:23",
        "read_at": NOW,
        "dates": 6,
        "last_day": "2029-05-01",
        "doubt": "",
        "trouble": "",
    }


def test_one_from_the_web_tells_how_it_is_with_its_copy(tmp_path: Path) -> None:
    [found] = describe_calendars(*looked(tmp_path, b"", "'ics:https://school.example/t.ics'"))
    assert found["trouble"] == "it has not been fetched yet"
    assert (found["fetched_at"], found["read_at"], found["last_day"]) == (0.0, None, None)


def test_what_fails_needs_a_look(tmp_path: Path) -> None:
    found = looked(tmp_path, MINISTRY)
    assert list(troubles_of_calendars(*found)) == []
    (tmp_path / "terms.ics").write_text("hello")
    found.calendars.look(found.compiled.calendars.sources)
    assert list(troubles_of_calendars(*found)) == [
        (
            "calendar terms.ics: found no BEGIN:VCALENDAR, expected a calendar (.ics)",
            "what was read last stays; put it right",
        )
    ]


@pytest.mark.parametrize(
    ("data", "entry", "doubt"),
    [
        (MINISTRY, "'ics:terms.ics'", ""),
        (MINISTRY, "{ics: terms.ics, summary: 'exam*'}", "no event to come with a summary like"),
        (calendar(), "'ics:terms.ics'", 'the calendar "terms.ics" has no day to come; put a new'),
        (calendar(day("20261101", "20261129")), "'ics:terms.ics'", "has no day to come"),
        (
            calendar(day("20261221", "20261227")),
            "'ics:terms.ics'",
            "ends soon: its last day is 2026-12-26",
        ),
        (calendar(day("20261221", "20261228")), "'ics:terms.ics'", ""),
        (
            calendar("DTSTART:never SUMMARY:x", day("20270501", "20270502")),
            "'ics:terms.ics'",
            "odd",
        ),
        (b"", "'ics:https://school.example/t.ics'", ""),
    ],
)
def test_what_says_nothing_for_long_is_doubted(
    tmp_path: Path, data: bytes, entry: str, doubt: str
) -> None:
    found = list(map(str, doubts_about_calendars(*looked(tmp_path, data, entry), NOW)))
    assert len(found) == bool(doubt), found
    assert all(doubt in each and each.startswith("config.yaml:3:") for each in found)
