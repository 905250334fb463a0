"""The command that shows when windows are on."""

import json
from datetime import datetime
from pathlib import Path

import icalendar
import pytest

from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY, family


def test_a_week_is_drawn_with_what_each_window_does(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "schedule", "show", "mia", "--week", "--from", "2026-03-02")
    assert (typed.code, typed.err) == (0, "")
    lines = typed.out.splitlines()
    assert lines[0] == "mia, on the clocks of Europe/Berlin"
    assert [line[:10] for line in lines[2:9]][::6] == ["Mon 02 Mar", "Sun 08 Mar"]
    assert "B bedtime (mia): internet: off\n    Sun 01-Sun 08 20:30-06:30\n" in typed.out
    assert "\x1b" not in typed.out


def test_no_running_filter_is_needed_with_a_config(command: Command, tmp_path: Path) -> None:
    family(tmp_path)
    config = ("--config", tmp_path / "config.yaml")
    typed = command("schedule", "show", "room-12", "--days", "2", *config)
    assert typed.code == 0
    assert typed.out.startswith("whoever is in room-12, on the clocks of Europe/Berlin\n")


def test_it_comes_as_json(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "schedule", "show", "mia", "--days", "3", "--json")
    found = json.loads(typed.out)
    assert len(found["days"]) == 3
    assert found["windows"][0]["schedule"] == "bedtime"


def test_it_comes_as_a_calendar(command: Command, tmp_path: Path) -> None:
    family(tmp_path)
    config = ("--config", tmp_path / "config.yaml", "--from", "2026-03-02")
    typed = command("schedule", "show", "mia", "--ics", *config)
    events = icalendar.Calendar.from_ical(typed.out).events
    found = json.loads(command("schedule", "show", "mia", "--json", *config).out)
    starts = [each.start for each in events]
    assert [int(each.timestamp()) for each in starts if isinstance(each, datetime)] == [
        each["start"] for window in found["windows"] for each in window["stretches"]
    ]


def test_who_has_no_windows_is_told_so(command: Command, tmp_path: Path) -> None:
    family(tmp_path)
    typed = command("schedule", "show", "ada", "--config", tmp_path / "config.yaml")
    assert "no windows: nothing changes by the clock" in typed.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("mai",), 'did you mean "mia"'),
        (("mia", "--from", "soon"), '"soon" is no date'),
        (("mia", "--days", "0"), "is no number of days"),
        (("mia", "--week", "--days", "3"), "--week and --days exclude each other"),
        (("mia", "--ics", "--json"), "--ics and --json exclude each other"),
    ],
)
def test_what_cannot_be_asked_is_told(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    family(tmp_path)
    typed = command("schedule", "show", *arguments, "--config", tmp_path / "config.yaml")
    assert typed.code == 2
    assert complaint in typed.err


def test_days_with_the_same_times_stand_together(command: Command, tmp_path: Path) -> None:
    own = "schedules: {bedtime: {fri-sat: 22:00-08:00}}"
    family(tmp_path, FAMILY.replace("people:", f"people:\n  kim: {{policy: child, {own}}}", 1))
    config = ("--config", tmp_path / "config.yaml", "--from", "2026-03-02")
    typed = command("schedule", "show", "kim", *config)
    assert "    Sun 01-Thu 05, Sun 08 20:30-06:30\n    Fri 06-Sat 07 22:00-08:00\n" in typed.out
