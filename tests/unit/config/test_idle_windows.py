"""Windows behind which nothing is left, and rules that no moment reaches."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts, with_policies

SCHEDULES = """\
schedules:
  bedtime: {daily: "20:00-07:00"}
  night: {daily: "21:00-06:00"}
  evening: {daily: "19:00-21:00"}
  weekend: {sat-sun: "10:00-12:00"}
  morning: {mon-fri: "06:00-06:30", holidays: "10:00-11:00"}
  always: {daily: always}
  party: {2026-12-31: "19:00-23:00"}
"""
CALENDAR = 'calendar: {holidays: ["2026-12-21..2027-01-03"]}\n'


def windows(folder: Path, during: str, person: str = "", more: str = "") -> list[str]:
    """What is doubted of mia's windows *during*; that schedules are not used is not."""
    body = with_policies(f"a: {{during: {{{during}}}}}", person) + SCHEDULES + CALENDAR + more
    return [each for each in doubts(folder, body) if "uses this schedule" not in each]


@pytest.mark.parametrize(
    "during",
    [
        "bedtime: {internet: off}, evening: {block: [games]}",
        "night: {internet: off}, bedtime: {block: [games]}",
        "bedtime: {block: [games]}, night: {internet: off}",
        "bedtime: {internet: off, except: [x.example]}, night: {internet: off}",
        "bedtime: {internet: off, except: [games]}, night: {block: [x.example]}",
        "bedtime: {internet: off}, party: {block: [games]}",
        "bedtime: {internet: off}, morning: {block: [games]}",
        "always: {internet: off, except: [games]}, night: {block: [x.example]}",
        "always: {allow-only: [games]}, night: {safe_search: {search: strict}}",
    ],
)
def test_a_window_that_closes_something_at_some_time_is_meant(tmp_path: Path, during: str) -> None:
    assert not windows(tmp_path, during)


@pytest.mark.parametrize(
    ("during", "idle"),
    [
        ("bedtime: {internet: off}, night: {block: [games]}", "night"),
        ("bedtime: {internet: off}, night: {internet: off, except: [x.example]}", "night"),
        ("evening: {internet: off}, bedtime: {internet: off}, night: {block: [games]}", "night"),
        (
            "bedtime: {allow-only: [games]}, night: {internet: off, except: [games, x.example]}",
            "night",
        ),
        (
            "bedtime: {allow-only: [x.example]}, night: {allow-only: [games, x.example]}",
            "night",
        ),
        ("always: {internet: off}, weekend: {block: [games]}", "weekend"),
    ],
)
def test_a_window_behind_which_nothing_is_left_is_told(
    tmp_path: Path, during: str, idle: str
) -> None:
    [found] = windows(tmp_path, during)
    assert f"policies.a.during.{idle}: whenever this is on, " in found


def test_windows_go_by_the_clocks_of_each_person(tmp_path: Path) -> None:
    during = "bedtime: {internet: off}, night: {block: [games]}"
    own = ', schedules: {bedtime: {daily: "20:00-05:00"}}'
    assert not windows(tmp_path, during, own)


def test_windows_of_a_person_stand_before_those_of_the_policy(tmp_path: Path) -> None:
    own = ", during: {bedtime: {internet: off}, night: {block: [games]}}"
    [found] = windows(tmp_path, "always: {block: [x.example]}", own)
    assert "people.mia.during.night: whenever this is on" in found


def test_rules_that_no_moment_reaches_are_told(tmp_path: Path) -> None:
    body = with_policies("a: {block: [games], during: {always: {internet: off}}}")
    found = [each for each in doubts(tmp_path, body + SCHEDULES) if "policies.a" in each]
    assert len(found) == 1
    assert 'policies.a.block: "always" closes everything at all times, so this never' in found[0]


def test_rules_that_a_pause_for_lunch_reaches_are_not(tmp_path: Path) -> None:
    body = with_policies("a: {block: [games], during: {s: {internet: off}}}")
    schedule = 'schedules: {s: {daily: "00:00-12:00, 12:30-24:00"}}\n'
    assert not doubts(tmp_path, body + schedule)


def test_lines_of_a_schedule_that_a_person_does_not_have_are_told(tmp_path: Path) -> None:
    [found] = windows(tmp_path, "bedtime: {internet: off}", ", schedules: {night: {fri: never}}")
    assert 'people.mia.schedules.night: nothing that mia has goes by "night"' in found


def test_a_place_that_restricts_nobody_is_told(tmp_path: Path) -> None:
    body = with_policies("a: {}") + "groups: {room: {networks: [127.0.1.0/24]}}\n"
    [found] = doubts(tmp_path, body)
    assert 'groups.room: "room" restricts nobody at any time' in found


def test_a_window_of_a_place_is_told_too(tmp_path: Path) -> None:
    during = "{bedtime: {internet: off}, night: {block: [games]}}"
    group = f"{{networks: [127.0.1.0/24], during: {during}}}"
    body = with_policies("a: {}") + f"groups: {{room: {group}}}\n"
    found = [each for each in doubts(tmp_path, body + SCHEDULES) if "groups.room" in each]
    assert len(found) == 1
    assert "groups.room.during.night: whenever this is on" in found[0]
