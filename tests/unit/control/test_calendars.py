"""Calendars are read when they change; what was read last stays where one cannot be read."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.calendars import reading
from filterdns.control import calendars as module
from filterdns.control.calendars import NOT_FETCHED, Calendars
from filterdns.errors import ConfigError
from tests.support.calendars import MINISTRY, calendar, day, source
from tests.support.configs import compiled
from tests.support.households import days, moment

NOW = moment("2026-11-29 12:00")
WEB = "https://school.example/terms.ics"


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every text that is handed to the process that reads."""
    found: list[bytes] = []

    def count(data: bytes, *others: object) -> object:
        found.append(data)
        read: Callable[..., object] = reading.read_apart
        return read(data, *others)

    monkeypatch.setattr(module, "read_apart", count)
    return found


def dates(calendars: Calendars, path: Path) -> int | None:
    read = calendars.known(source(path)).read
    return None if read is None else read.occurrences.taken


def test_a_calendar_is_read_again_when_it_changes(tmp_path: Path, reads: list[bytes]) -> None:
    file, calendars = tmp_path / "a.ics", Calendars(None, Clock())
    file.write_bytes(calendar(day("20261221", "20270104")))
    assert calendars.look([source(file)])
    assert not calendars.look([source(file)])
    assert len(reads) == 1
    file.write_bytes(MINISTRY)
    assert calendars.look([source(file)])
    assert dates(calendars, file) == 6
    os.utime(file, (1, 1))  # another time, the same text
    assert not calendars.look([source(file)])
    assert len(reads) == 2


def test_it_is_read_again_in_another_month(tmp_path: Path, reads: list[bytes]) -> None:
    clock = Clock()
    file, calendars = tmp_path / "a.ics", Calendars(tmp_path / "kept", clock)
    file.write_bytes(calendar("DTSTART;VALUE=DATE:20200501 RRULE:FREQ=MONTHLY"))
    calendars.look([source(file)])
    clock.at = moment("2026-12-01 12:00")
    assert calendars.look([source(file)])
    assert len(reads) == 2


def test_what_cannot_be_read_any_more_stays_as_it_was(tmp_path: Path) -> None:
    file, calendars = tmp_path / "a.ics", Calendars(tmp_path / "kept", Clock())
    file.write_bytes(calendar(day("20261221", "20270104")))
    calendars.look([source(file)])
    file.write_text("<html>we are moving house</html>")
    assert not calendars.look([source(file)])
    assert dates(calendars, file) == 1
    assert "no BEGIN:VCALENDAR" in calendars.known(source(file)).trouble
    file.unlink()
    calendars.look([source(file)])
    assert "No such file" in calendars.known(source(file)).trouble
    later = Calendars(tmp_path / "kept", Clock())  # after a restart
    later.look([source(file)])
    assert dates(later, file) == 1
    assert later.known(source(file)).trouble
    file.write_bytes(calendar())
    assert later.look([source(file)])
    assert later.known(source(file)).trouble == ""


def test_a_start_waits_only_for_what_was_never_read(tmp_path: Path, reads: list[bytes]) -> None:
    file = tmp_path / "a.ics"
    file.write_bytes(calendar(day("20261221", "20270104")))
    Calendars(tmp_path / "kept", Clock()).look([source(file)], is_hurried=True)
    assert len(reads) == 1
    file.write_bytes(MINISTRY)
    later = Calendars(tmp_path / "kept", Clock())
    later.look([source(file)], is_hurried=True)
    assert dates(later, file) == 1
    assert len(reads) == 1
    assert later.look([source(file)])
    assert dates(later, file) == 6


def test_what_leaves_the_config_is_forgotten(tmp_path: Path) -> None:
    file, calendars = tmp_path / "a.ics", Calendars(tmp_path / "kept", Clock())
    file.write_bytes(MINISTRY)
    calendars.look([source(file)])
    calendars.forget_all_but([])
    assert dates(calendars, file) is None
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_guest_changes_nothing_of_what_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.ics"
    file.write_bytes(MINISTRY)
    Calendars(tmp_path / "kept", Clock(), is_guest=True).look([source(file)])
    assert not (tmp_path / "kept").exists()


def test_a_disk_that_takes_nothing_does_no_harm(tmp_path: Path) -> None:
    file, kept = tmp_path / "a.ics", tmp_path / "kept"
    file.write_bytes(MINISTRY)
    kept.touch()  # a file where the folder should be
    calendars = Calendars(kept, Clock())
    assert calendars.look([source(file)])
    assert dates(calendars, file) == 6


def test_a_calendar_from_the_web_is_its_last_copy(tmp_path: Path) -> None:
    calendars, terms = Calendars(tmp_path, Clock()), source(url=WEB)
    calendars.look([terms])
    assert calendars.known(terms).trouble == NOT_FETCHED
    copies = Copies(tmp_path / "web")
    with copies.incoming(WEB) as incoming:
        incoming.write(MINISTRY)
    copy = Copy(WEB, file=incoming.text_name, sha256=incoming.sha256, size=incoming.size)
    copies.write(copy)
    assert calendars.look([terms])
    assert calendars.known(terms).trouble == ""
    copies.write(replace(copy, last_error="no answer", failures=1))
    assert not calendars.look([terms])
    assert calendars.known(terms).trouble == "no answer"
    assert calendars.known(terms).read is not None


def test_its_days_are_in_the_ruleset(tmp_path: Path) -> None:
    (tmp_path / "terms.ics").write_bytes(MINISTRY)
    entry = "{ics: terms.ics, summary: weihnachts*}"
    config = compiled(tmp_path, f"calendar: {{holidays: [{entry}]}}\n")
    calendars = Calendars(None, Clock())
    calendars.look(config.calendars.sources)
    calendars.refuse_unreadable(config)
    assert calendars.lay_in(config).ruleset.holidays == (days("2026-12-21", "2027-01-03"),)
    assert config.ruleset.holidays == ()


def test_a_config_without_calendars_is_the_same_object(tmp_path: Path) -> None:
    config = compiled(tmp_path, "calendar: {holidays: [2026-12-24]}\n")
    assert Calendars(None, Clock()).lay_in(config) is config


def test_a_file_that_never_was_a_calendar_is_a_problem_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "terms.ics").write_text("hello")
    config = compiled(tmp_path, "calendar: {holidays: ['ics:terms.ics']}\n")
    calendars = Calendars(None, Clock())
    calendars.look(config.calendars.sources)
    with pytest.raises(ConfigError) as caught:
        calendars.refuse_unreadable(config)
    assert str(caught.value).startswith(
        'config.yaml:3:23 calendar.holidays[0]: the calendar "terms.ics": found no BEGIN:VCALENDAR'
    )
