"""Calendars in the running filter: beside the config and on the web, changed, broken, gone."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.support.calendars import calendar, day
from tests.support.house import PROGRAM, House, directory, open_house
from tests.support.list_server import ListServer, status, text
from tests.support.peers import Endpoint
from tests.support.plain_client import ask
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.timeout(300), pytest.mark.untimed]

MIA: Final = "127.0.0.2"
NAME: Final = "www.library.example"
OPEN: Final = "192.0.2.99"
EXAM: Final = (
    "DTSTART;TZID=Europe/Berlin:20260309T091500 DTEND;TZID=Europe/Berlin:20260309T111500"
    " RRULE:FREQ=WEEKLY;COUNT=3 SUMMARY:Exam"
)
CONFIG: Final = """\
version: 1
timezone: Europe/Berlin
schedules:
  bedtime: {daily: "20:30-06:30", holidays: "22:30-09:00"}
  exam: {ics: exams.ics, summary: "exam*"}
calendar:
  holidays: [{ics: "URL", summary: "*holiday*"}]
policies:
  child: {during: {exam: {internet: "off"}, bedtime: {internet: "off"}}}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
refresh: {private: true, every: 10m}
"""
TERMS: Final = calendar(day("20260316", "20260321"), day("20260325", "20260326", "Reports"))


@pytest.fixture(scope="module")
def server() -> Iterator[ListServer]:
    with ListServer() as server:
        server.script("/terms.ics", text(TERMS, 'ETag: "1"'))
        yield server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, server: ListServer) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("calendars")
    (folder / "exams.ics").write_bytes(calendar(EXAM))
    config = CONFIG.replace("URL", server.url("/terms.ics"))
    with (
        ScriptedUpstream(answer_with(OPEN)) as upstream,
        open_house(folder, config, [Endpoint(upstream.host, upstream.port)]) as house,
    ):
        house.set_time("2026-03-05 12:00:00")
        house.wait_until(lambda: last_days(house) == ["2026-03-20", "2026-03-23"], "both calendars")
        yield house


def last_days(house: House) -> list[str | None]:
    return [each["last_day"] for each in house.status()["calendars"]]


def troubles(house: House) -> list[str]:
    return [each["trouble"] for each in house.status()["calendars"]]


def is_blocked(house: House, local: str) -> bool:
    house.set_time(local)
    return ask(house.server, MIA, NAME).is_blocked


def test_events_of_a_file_are_windows(house: House) -> None:
    assert not is_blocked(house, "2026-03-09 09:14:59")
    assert is_blocked(house, "2026-03-09 09:15:00")
    assert is_blocked(house, "2026-03-16 11:14:59")  # a week later, in the holidays
    assert not is_blocked(house, "2026-03-16 11:15:00")
    assert not is_blocked(house, "2026-03-30 09:15:00")  # there were three


@pytest.mark.peer("dig")
def test_an_answer_ends_where_an_event_begins(house: House) -> None:
    house.set_time("2026-03-09 09:14:20")
    found = house.dig(NAME, client=MIA)
    assert found.addresses == [OPEN]
    assert 0 < found.ttl <= 40


def test_days_of_the_web_are_holidays(house: House) -> None:
    assert not is_blocked(house, "2026-03-15 21:00:00")  # Monday is a holiday: 22:30
    assert is_blocked(house, "2026-03-15 22:30:00")
    assert is_blocked(house, "2026-03-20 21:00:00")  # Friday is the last
    assert is_blocked(house, "2026-03-24 21:00:00")  # reports are no holiday


def test_a_file_that_changes_takes_effect_by_itself(house: House) -> None:
    file = house.folder / "exams.ics"
    house.set_time("2026-03-05 12:00:00")
    try:
        file.write_bytes(calendar(EXAM.replace("COUNT=3", "COUNT=4")))
        house.wait_until(lambda: last_days(house)[1] == "2026-03-30", "the new exam")
        assert is_blocked(house, "2026-03-30 09:15:00")
        house.set_time("2026-03-05 12:00:00")
        file.write_text("we have moved")
        house.wait_until(lambda: "no BEGIN:VCALENDAR" in troubles(house)[1], "the trouble")
        assert is_blocked(house, "2026-03-30 09:15:00")  # what was read last stays
        said = house.cli("status")
        assert said.code == 1
        assert "calendar exams.ics: found no BEGIN:VCALENDAR" in said.stdout
        assert house.metric('filterdns_trouble{kind="calendar"}') == 1
    finally:
        house.set_time("2026-03-05 12:00:00")
        file.write_bytes(calendar(EXAM))
        house.wait_until(lambda: last_days(house)[1] == "2026-03-23", "the old exams")


def test_a_server_that_fails_changes_nothing(house: House, server: ListServer) -> None:
    server.script("/terms.ics", status("503 Busy"))
    make_due(house.folder)
    house.set_time("2026-03-05 12:00:00")
    house.wait_until(lambda: "503" in troubles(house)[0], "the failure", seconds=60)
    assert not is_blocked(house, "2026-03-15 21:00:00")
    assert is_blocked(house, "2026-03-15 22:30:00")


def make_due(folder: Path) -> None:
    """Let every copy have been looked at long ago."""
    for record in (directory(folder) / "state" / "calendars" / "web").glob("*.json"):
        record.write_text(re.sub(r'"checked_at": [0-9.]+', '"checked_at": 1.0', record.read_text()))


def test_explain_goes_by_calendars_without_a_filter_as_well(tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(days=40)
    event = f"DTSTART:{soon:%Y%m%d}T120000 DURATION:PT1H SUMMARY:Exam"
    (tmp_path / "exams.ics").write_bytes(calendar(event))
    (tmp_path / "config.yaml").write_text(
        CONFIG.replace("URL", "https://nowhere.example/x.ics")
        + "upstreams: {servers: [192.0.2.53]}"
    )
    at = ("--at", f"{soon:%Y-%m-%d} 12:30")
    command: list[str | Path] = [
        PROGRAM,
        "explain",
        "mia",
        NAME,
        *at,
        "--config",
        tmp_path / "config.yaml",
        "--json",
    ]
    said = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(said.stdout)["schedule"] == "exam"


def test_the_week_shows_events_and_holidays(house: House) -> None:
    house.set_time("2026-03-16 10:00:00")
    said = house.cli("schedule", "show", "mia", "--week")
    house.set_time("2026-03-05 12:00:00")
    assert said.code == 0, said.stderr
    monday = "Mon 16 Mar " + "B" * 18 + "EEEEE" + "." * 22 + "BBB"
    assert monday + " holiday" in said.stdout  # bedtime until 09:00, the exam from 09:15
    assert " now 10:00" in said.stdout
    assert "E exam (mia): internet: off\n    Mon 16 09:15-11:15\n" in said.stdout


def test_a_reload_with_a_file_that_is_none_is_refused(house: House) -> None:
    (house.folder / "none.ics").write_text("hello")
    config = (house.folder / "config.yaml").read_text()
    (house.folder / "config.yaml").write_text(config.replace("exams.ics", "none.ics"))
    said = house.reload()
    (house.folder / "config.yaml").write_text(config)
    assert said.code == 2
    assert 'schedules.exam.ics: the calendar "none.ics": found no BEGIN:VCALENDAR' in said.stderr


def test_after_a_restart_the_days_are_there_at_once(house: House) -> None:
    (house.folder / "exams.ics").write_text("gone mad")
    assert house.cli("restart", seconds=90).code == 0
    assert is_blocked(house, "2026-03-09 09:15:00")
    assert not is_blocked(house, "2026-03-15 21:00:00")
