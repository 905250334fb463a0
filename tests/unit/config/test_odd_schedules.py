"""Schedules with a hole, and lines that never count."""

from pathlib import Path

import pytest

from filterdns.config.doubt import Doubt
from filterdns.config.odd_schedules import odd_schedules
from tests.support.configs import compiled
from tests.support.households import moment

NOW = moment("2026-03-05 12:00")
HOLIDAYS = "calendar: {holidays: [2026-12-24]}\n"


def odd(folder: Path, body: str) -> list[Doubt]:
    return list(odd_schedules(compiled(folder, body), NOW))


def closed(*schedules: str) -> str:
    """A policy that switches the internet off by each of *schedules*."""
    during = ", ".join(f"{name}: {{internet: off}}" for name in schedules)
    return f"policies: {{a: {{during: {{{during}}}}}}}\n"


@pytest.mark.parametrize(
    "body",
    [
        "schedules: {s: {daily: 20:30-06:30}}\n",
        "schedules: {s: {mon-fri: 08:00-12:00}}\n",
        "schedules: {s: {mon-tue: 08:00-12:00, thu-fri: 08:00-12:00}}\n",
        "schedules: {s: {sun-thu: 20:30-06:30, fri: 22:00-08:00, sat: never}}\n",
        "schedules: {s: {daily: always, fri: never}}\n",
        "schedules: {s: {mon: '14:00-15:30, 15:30-18:00'}}\n",
        "schedules: {s: {mon: '14:00-15:30, 15:35-18:00'}}\n",
        "schedules: {s: {daily: 20:00-06:30}, t: {daily: 06:30-07:00}}\n" + closed("s", "t"),
        HOLIDAYS + "schedules: {s: {daily: 20:30-06:30, holidays: never}}\n",
        (
            "schedules: {s: {daily: 20:30-06:30, holidays: never}}\n"
            "groups: {g: {networks: 10.1.0.0/24, calendar: {holidays: [2026-12-24]}}}\n"
        ),
        (
            "schedules: {s: {daily: 20:30-06:30, holidays: never}}\n"
            "calendar: {holidays: ['ics:https://school.example/terms.ics']}\n"
        ),
    ],
)
def test_what_is_meant_raises_no_doubt(tmp_path: Path, body: str) -> None:
    assert odd(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (
            "schedules: {s: {sun-thu: 20:30-06:30, sat: 22:00-08:00}}\n",
            ("schedules", "s"),
            "every day of the week has a line but fri, which has no window then",
        ),
        (
            "schedules: {s: {mon: '14:00-15:30, 15:31-18:00'}}\n",
            ("schedules", "s"),
            "between two windows 1 minute (Mon 15:30) stay open",
        ),
        (
            "schedules: {s: {mon: 20:00-06:30, tue: 06:34-07:00}}\n",
            ("schedules", "s"),
            "between two windows 4 minutes (Tue 06:30) stay open",
        ),
        (
            "schedules: {s: {daily: 20:00-06:30}, t: {sat: 06:31-07:00}}\n" + closed("s", "t"),
            ("policies", "a", "during"),
            'between "s" and "t" 1 minute (Sat 06:30) stay open',
        ),
        (
            "schedules: {s: {daily: 20:30-06:30, holidays: never}}\n",
            ("schedules", "s", "holidays"),
            "there are no holidays",
        ),
    ],
)
def test_what_is_odd_is_doubted(
    tmp_path: Path, body: str, path: tuple[str, ...], message: str
) -> None:
    [doubt] = odd(tmp_path, body)
    assert (doubt.path, doubt.message) == (path, message)
