"""Calendars are followed: fetched, read, put in force, without a reload."""

import asyncio
from pathlib import Path

import pytest

from filterdns.control.calendar_watch import look_at_calendars
from filterdns.control.running import RunningFilter
from tests.support.calendars import calendar, day
from tests.support.control import FAMILY, running_filter
from tests.support.households import days
from tests.support.list_server import ListServer, status, text

CHRISTMAS = days("2026-12-21", "2027-01-03")
EASTER = days("2027-03-25", "2027-04-03")
TWO = calendar(day("20261221", "20270104"), day("20270325", "20270404"))
ONE = calendar(day("20261221", "20270104"))


def config(entry: str) -> str:
    assert "calendar:" not in FAMILY
    return f"{FAMILY}calendar: {{holidays: [{entry}]}}\nrefresh: {{private: true}}\n"


def at_advent(folder: Path, running: RunningFilter) -> None:
    """Let the clock show 2026-11-29."""
    (folder / "clock").write_text("0")
    running.calendars._now = lambda: 1_795_953_600.0


def holidays(running: RunningFilter) -> tuple[tuple[int, int], ...]:
    return running.in_force.rules.ruleset.holidays


def test_a_file_that_changes_is_in_force_without_a_reload(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "terms.ics").write_bytes(ONE)
        async with running_filter(tmp_path, config("'ics:terms.ics'")) as running:
            at_advent(tmp_path, running)
            await look_at_calendars(running)
            assert holidays(running) == (CHRISTMAS,)
            version = running.in_force.version
            await look_at_calendars(running)
            assert running.in_force.version == version
            (tmp_path / "terms.ics").write_bytes(TWO)
            await look_at_calendars(running, is_stale=False)
            assert holidays(running) == (CHRISTMAS, EASTER)
            (tmp_path / "terms.ics").write_bytes(b"gone mad")
            await look_at_calendars(running, is_stale=False)
            assert holidays(running) == (CHRISTMAS, EASTER)

    asyncio.run(run())


def test_a_calendar_from_the_web_is_fetched_with_conditions_and_kept(tmp_path: Path) -> None:
    async def run(server: ListServer) -> None:
        server.script("/terms", text(TWO, 'ETag: "1"', "Content-Type: text/calendar"))
        body = config(f"{{ics: '{server.url('/terms')}'}}")
        async with running_filter(tmp_path, body) as running:
            at_advent(tmp_path, running)
            await look_at_calendars(running)
            assert holidays(running) == (CHRISTMAS, EASTER)
            assert len(server.asked) == 1
            await look_at_calendars(running)
            assert len(server.asked) == 1  # it is not due
            make_due(tmp_path)
            server.script("/terms", status("503 Busy"))
            await look_at_calendars(running)
            assert server.asked[1].headers["if-none-match"] == '"1"'
            assert holidays(running) == (CHRISTMAS, EASTER)
            [source] = running.in_force.rules.compiled.calendars.sources
            assert "503" in running.calendars.known(source).trouble

    with ListServer() as server:
        asyncio.run(run(server))


def make_due(folder: Path) -> None:
    """Let every copy have been looked at long ago."""
    for record in (folder / "state" / "calendars" / "web").glob("*.json"):
        old = record.read_text()
        start = old.index('"checked_at": ') + len('"checked_at": ')
        record.write_text(old[:start] + "1.0" + old[old.index(",", start) :])


def test_a_private_address_is_not_asked(tmp_path: Path) -> None:
    async def run(server: ListServer) -> None:
        body = config(f"'ics:{server.url('/terms')}'").replace("private: true", "private: false")
        async with running_filter(tmp_path, body) as running:
            await look_at_calendars(running)
            assert holidays(running) == ()
            [source] = running.in_force.rules.compiled.calendars.sources
            assert "expected a public one" in running.calendars.known(source).trouble

    with ListServer() as server:
        asyncio.run(run(server))
        assert server.asked == []


def test_a_calendar_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filterdns.control.calendar_watch.MAX_BYTES", 100)

    async def run(server: ListServer) -> None:
        server.script("/terms", text(TWO))
        async with running_filter(tmp_path, config(f"'ics:{server.url('/terms')}'")) as running:
            await look_at_calendars(running)
            [source] = running.in_force.rules.compiled.calendars.sources
            assert "at most 100 bytes" in running.calendars.known(source).trouble

    with ListServer() as server:
        asyncio.run(run(server))
