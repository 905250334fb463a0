"""Schools of any size, as configs: what each pupil has of their own is what a kind is named by.

For tests that count how much work it is to read, check or change such a config, and for trying it
out: `python -m tests.support.crowds hours 3000 FOLDER`.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

POLICIES: Final = 60
DEVICES: Final = 100  # of each, where the devices are many
PEOPLE_A_FILE: Final = 1_000  # a file of the config is at most 4 MB

Written = dict[str, Any]


def _hours(number: int, random: Random) -> Written:
    begin, end = 19 * 60 + random.randrange(240), 330 + random.randrange(180)
    clocks = (f"{minute // 60:02}:{minute % 60:02}" for minute in (begin, end))
    return {"schedules": {"bedtime": {"sun-thu": "-".join(clocks)}}}


def _lists(number: int, _random: Random) -> Written:
    return {"allow": [f"site{number}.example"], "block": ["service:roblox"]}


def _windows(number: int, _random: Random) -> Written:
    return {"during": {"homework": {"block": ["service:youtube", f"site{number}.example"]}}}


def _all_of_it(number: int, random: Random) -> Written:
    hours, lists = _hours(number, random), _lists(number, random)
    return {**hours, **lists, "during": {"exam": {"internet": "off"}}}


KINDS: Final[dict[str, Callable[[int, Random], Written]]] = {
    "devices": lambda _number, _random: {},
    "many devices": lambda _number, _random: {},
    "hours": _hours,
    "lists": _lists,
    "windows": _windows,
    "all": _all_of_it,
}


def crowd(kind: str, people: int, policies: int = POLICIES, devices: int = DEVICES) -> Written:
    """Return a school of *people* as written in a config, each with *devices* where these are many.

    Otherwise each has one.
    """
    random, own = Random(kind), KINDS[kind]
    devices = devices if kind == "many devices" else 1
    rules = {f"year {number}": _year(number) for number in range(policies - 1)}
    return {
        "timezone": "Europe/Berlin",
        "upstreams": {"servers": ["127.0.0.1:5353"]},
        "categories": {"school": {"names": ["wikipedia.org", "khanacademy.org"]}},
        "calendar": {"holidays": ["2026-12-21..2027-01-03", "2027-05-06"]},
        "schedules": {
            "bedtime": {"sun-thu": "20:30-06:30", "fri-sat": "22:00-08:00"},
            "homework": {"mon-fri": "14:00-15:30, 16:30-18:00", "holidays": "never"},
            "lessons": {"mon-fri": "08:00-12:15, 13:15-16:00", "holidays": "never"},
            "exam": {"2027-01-12": "09:00-11:00"},
        },
        "policies": {"safe": {"block": ["adult", "gambling"], "bypass": {"doh": "block"}}, **rules},
        "people": {
            f"pupil {number}": {
                "policy": f"year {number % len(rules)}",
                "devices": [
                    {"name": f"device {each}", "ip": _address(number * devices + each)}
                    for each in range(devices)
                ],
                **own(number, random),
            }
            for number in range(people)
        },
    }


def write_crowd(
    kind: str, people: int, folder: Path, policies: int = POLICIES, devices: int = DEVICES
) -> Path:
    """Write such a config to *folder* and return its main file."""
    folder.mkdir(parents=True, exist_ok=True)
    written = crowd(kind, people, policies, devices)
    pupils = list(written.pop("people").items())
    at_once = PEOPLE_A_FILE // (devices if kind == "many devices" else 1)
    for first in range(0, people, at_once):
        text = json.dumps({"people": dict(pupils[first : first + at_once])})
        (folder / f"people-{first}.yaml").write_text(text)
    path = folder / "config.yaml"
    path.write_text(json.dumps({**written, "include": ["people-*.yaml"]}))
    return path


def _year(number: int) -> Written:
    lessons = {"allow-only": ["school"]} if number % 4 else {"block": ["service:youtube"]}
    return {
        "extends": "safe",
        "block": ["social", "games"] if number % 2 else ["service:tiktok", f"y{number}.example"],
        "allow": ["wikipedia.org"],
        "during": {"lessons": lessons, "bedtime": {"internet": "off", "except": ["school"]}},
    }


def _address(number: int) -> str:
    return f"10.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


if __name__ == "__main__":
    sys.stdout.write(f"{write_crowd(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))}\n")
