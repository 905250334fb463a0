"""When the windows of somebody are on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.rules import Rules
from filterdns.control.timetable import WantedTimetable, read_timetable, what_holds
from filterdns.errors import ControlError
from filterdns.policy.ruleset import During, SafeMode, SafeWish, Selection
from filterdns.policy.verdict import Rule
from tests.support.configs import compiled
from tests.support.households import BERLIN, moment, selection

NOW = moment("2026-12-18 15:00")
BODY = """\
schedules:
  bedtime: {sun-thu: 20:30-06:30, fri-sat: 22:00-08:00, holidays: 22:30-09:00}
  homework: {mon-fri: 14:00-15:30, holidays: never}
  lessons: {mon-fri: 08:00-12:15}
  club: {sat: 10:00-11:00}
calendar: {holidays: [2026-12-21..2027-01-03]}
policies:
  child: {during: {bedtime: {internet: off}, homework: {block: [games]}}}
  adults: {}
people:
  mia: {policy: child, devices: [{name: phone, ip: 10.12.0.5}]}
  ben:
    policy: child
    timezone: America/Denver
    schedules: {bedtime: {fri: 23:00-08:00}}
    during: {club: {internet: off}}
    calendar: {holidays: [2026-12-18]}
  ada: {policy: adults}
groups: {room-12: {networks: 10.12.0.0/24, during: {lessons: {allow-only: [x.example]}}}}
"""


def show(folder: Path, who: str, first: str = "", days: int = 7, body: str = BODY) -> Any:
    rules = Rules(compiled(folder, body), None, {})
    return read_timetable(WantedTimetable(who, first, days), rules, NOW)


def windows(found: Any) -> list[tuple[str, str]]:
    return [(each["whose"], each["schedule"]) for each in found["windows"]]


def times(found: Any, schedule: str) -> list[tuple[str, str]]:
    [window] = [each for each in found["windows"] if each["schedule"] == schedule]
    return [(each["from"][:16], each["until"][:16]) for each in window["stretches"]]


def test_a_week_of_a_person_begins_today(tmp_path: Path) -> None:
    found = show(tmp_path, "mia")
    assert (found["person"], found["timezone"], found["now"]) == ("mia", BERLIN, NOW)
    assert [day["date"] for day in found["days"]][::6] == ["2026-12-18", "2026-12-24"]
    assert [day["holiday"] for day in found["days"]] == [False] * 3 + [True] * 4
    assert windows(found) == [("mia", "bedtime"), ("mia", "homework")]
    assert times(found, "homework") == [("2026-12-18T14:00", "2026-12-18T15:30")]
    assert times(found, "bedtime")[:4] == [
        ("2026-12-17T20:30", "2026-12-18T06:30"),  # whole, though it began before
        ("2026-12-18T22:00", "2026-12-19T08:00"),
        ("2026-12-19T22:00", "2026-12-20T08:00"),
        ("2026-12-20T22:30", "2026-12-21T09:00"),
    ]
    assert found["windows"][0]["what"] == "internet: off"
    assert found["windows"][0]["where"].startswith("config.yaml:")


def test_a_person_has_own_windows_holidays_and_clocks(tmp_path: Path) -> None:
    found = show(tmp_path, "ben", days=2)
    assert found["timezone"] == "America/Denver"
    assert windows(found) == [("ben", "club"), ("ben", "bedtime"), ("ben", "homework")]
    assert [day["holiday"] for day in found["days"]] == [True, False]
    assert times(found, "homework") == []
    assert ("2026-12-18T23:00", "2026-12-19T08:00") in times(found, "bedtime")


@pytest.mark.parametrize("who", ["phone", "mia/phone", "10.12.0.5"])
def test_the_windows_of_the_place_come_first(tmp_path: Path, who: str) -> None:
    assert windows(show(tmp_path, who))[0] == ("room-12", "lessons")


def test_a_group_has_its_own(tmp_path: Path) -> None:
    found = show(tmp_path, "room-12", days=1)
    assert windows(found) == [("room-12", "lessons")]
    assert (found["person"], found["places"]) == ("", ["room-12"])


def test_unknown_devices_meet_the_windows_of_all(tmp_path: Path) -> None:
    assert windows(show(tmp_path, "unknown")) == [
        ("child", "bedtime"),
        ("child", "homework"),
        ("ben", "club"),
        ("ben", "bedtime"),
        ("ben", "homework"),
    ]
    one = BODY + "unknown_devices: {policy: child}\n"
    assert windows(show(tmp_path, "unknown", body=one)) == [
        ("child", "bedtime"),
        ("child", "homework"),
    ]


def test_who_has_no_windows_has_none(tmp_path: Path) -> None:
    assert show(tmp_path, "ada")["windows"] == []


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-11-04", 23),  # at midnight: the day begins at 01:00
        ("Pacific/Apia", "2011-12-30", 0),
        ("Asia/Kathmandu", "2026-03-29", 24),
    ],
)
def test_a_day_has_the_hours_that_it_has(tmp_path: Path, zone: str, day: str, hours: float) -> None:
    body = BODY.replace("mia: {policy: child,", f"mia: {{policy: child, timezone: {zone},")
    [found] = show(tmp_path, "mia", day, 1, body)["days"]
    assert (found["date"], found["hours"]) == (day, hours)


def rules_of(verb: str, *words: str) -> Selection:
    """Return what a list under *verb* names, each with the rule that the compiler makes."""
    found = selection(*words)
    return Selection(
        {key: Rule(f"{verb}: {rule.text}") for key, rule in found.names.items()},
        {key: Rule(f"{verb}: {rule.text}") for key, rule in found.services.items()},
        {key: Rule(f"{verb}: {rule.text}") for key, rule in found.categories.items()},
    )


OFF = During("s", Rule(""), internet_off=True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (OFF, "internet: off"),
        (
            replace(OFF, exempt=rules_of("except", "school", "a.example")),
            "internet: off, except a.example school",
        ),
        (During("s", Rule(""), allow_only=Selection()), "allow-only nothing"),
        (
            During("s", Rule(""), safe_search={"search": SafeWish(SafeMode.STRICT, Rule(""))}),
            "search strict",
        ),
        (
            During("s", Rule(""), block=rules_of("block", "service:youtube", "games")),
            "block service:youtube games",
        ),
    ],
)
def test_what_a_window_does_is_told_in_the_words_of_the_config(entry: During, words: str) -> None:
    assert what_holds(entry) == words


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"who": "mai"}, 'did you mean "mia"'),
        ({"who": "room12"}, 'did you mean the group "room-12"'),
        ({"who": "mia", "from": "tomorrow"}, '"tomorrow" is no date'),
        ({"who": "mia", "from": "9999-12-31"}, "in a year that nobody means"),
        ({"who": "mia", "days": "0"}, '"0" is no number of days; write 1 to 366'),
        ({"who": "mia", "days": "367"}, '"367" is no number of days'),
        ({"who": "mia", "days": "-1"}, "is no number of days"),
        ({"who": ""}, "who is needed"),
        ({"who": "mia", "weeks": "1"}, '"weeks" cannot be asked'),
    ],
)
def test_what_cannot_be_asked_is_told(
    tmp_path: Path, texts: dict[str, str], complaint: str
) -> None:
    rules = Rules(compiled(tmp_path, BODY), None, {})
    with pytest.raises(ControlError) as caught:
        read_timetable(WantedTimetable.from_texts(texts), rules, NOW)
    assert complaint in str(caught.value)
