"""Days as rows of blocks."""

from pathlib import Path
from typing import Any

import pytest

from filterdns.cli.week_picture import draw, signs_of
from filterdns.control.rules import Rules
from filterdns.control.timetable import WantedTimetable, read_timetable
from tests.support.configs import compiled
from tests.support.households import BERLIN, moment

BODY = """\
schedules: {bedtime: {daily: 20:30-06:30}, ballet: {tue: 06:00-07:00, wed: 15:00-16:00}}
calendar: {holidays: [2026-12-24]}
policies: {child: {during: {bedtime: {internet: off}, ballet: {internet: off}}}}
people: {mia: {policy: child, timezone: ZONE}}
"""
TUESDAY = "BBBBBBBBBBBBBA...........................BBBBBBB"  # 06:30 is the end of bedtime


def timetable(
    folder: Path, first: str, count: int = 1, zone: str = BERLIN, now: str = "2020-01-01 12:00"
) -> Any:
    rules = Rules(compiled(folder, BODY.replace("ZONE", zone)), None, {})
    return read_timetable(WantedTimetable("mia", first, count), rules, moment(now, zone))


def rows(found: Any, width: int = 80) -> list[str]:
    lines = [line.plain for line in draw(found, width)]
    assert all(len(line) <= width for line in lines)
    return [line.rstrip() for line in lines]


def test_a_day_is_a_row_of_half_hours(tmp_path: Path) -> None:
    assert rows(timetable(tmp_path, "2026-12-22", 3)) == [
        "           00    03    06    09    12    15    18    21",
        "Tue 22 Dec BBBBBBBBBBBBBA...........................BBBBBBB",
        "Wed 23 Dec BBBBBBBBBBBBB.................AA.........BBBBBBB",
        "Thu 24 Dec BBBBBBBBBBBBB............................BBBBBBB holiday",
    ]


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (200, "Tue 22 Dec " + "B" * 26 + "AA" + "." * 54 + "B" * 14),
        (80, "Tue 22 Dec " + TUESDAY),
        (50, "Tue 22 Dec BBBBBBB.............BBBB"),
        (34, "Tue 22 Dec BBBB......BB"),
        (20, "Tue 22 Dec BB...B"),
    ],
)
def test_a_narrow_terminal_has_longer_cells(tmp_path: Path, width: int, row: str) -> None:
    assert rows(timetable(tmp_path, "2026-12-22"), width)[1] == row


def test_the_present_is_marked_below_its_cell(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-12-22", 2, now="2026-12-22 12:40")
    lines = rows(found)
    assert lines[2] == " " * (11 + 25) + "^ now 12:40"
    assert lines[3].startswith("Wed 23 Dec")


@pytest.mark.parametrize(
    ("now", "mark"),
    [
        ("2026-12-22 00:00", " " * 11 + "^ now 00:00"),
        ("2026-12-22 23:59", " " * 48 + "now 23:59 ^"),
    ],
)
def test_the_mark_stays_in_its_line(tmp_path: Path, now: str, mark: str) -> None:
    assert rows(timetable(tmp_path, "2026-12-22", now=now))[2] == mark


def test_an_hour_that_does_not_exist_is_blank(tmp_path: Path) -> None:
    [_, row] = rows(timetable(tmp_path, "2026-03-29"))
    assert row == "Sun 29 Mar BBBB  BBBBBBB" + "." * 28 + "BBBBBBB 23 h"


def test_an_hour_that_comes_again_has_its_own_row(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-10-25", now="2026-10-25 12:00")
    found["now"] = moment("2026-10-25 02:40", fold=1)
    assert rows(found)[1:] == [
        "Sun 25 Oct BBBBBBBBBBBBB" + "." * 28 + "BBBBBBB 25 h",
        "  again        BB",
        " " * 16 + "^ now 02:40",
    ]


def test_half_an_hour_is_half_an_hour(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-10-04", zone="Australia/Lord_Howe")
    assert rows(found)[1].startswith("Sun 04 Oct BBBB BBBBBBBB.")
    assert rows(found)[1].endswith("23.5 h")


def test_a_day_that_never_was_is_told(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2011-12-29", 3, "Pacific/Apia")
    assert rows(found)[2] == "Fri 30 Dec" + " " * 50 + "no day"


def test_each_window_has_a_letter_and_a_colour_of_its_own(tmp_path: Path) -> None:
    found = timetable(tmp_path, "2026-12-22")
    assert signs_of(found["windows"]) == ["B", "A"]
    names = ["lessons", "lunch", "x", "ölpause", "2nd", "lessons", "lessons"]
    assert signs_of([{"schedule": name} for name in names]) == ["L", "U", "X", "P", "2", "E", "S"]
    [_, line] = draw(found, 80)
    styles = {str(span.style) for span in line.spans}
    assert {"bold white on red", "bold white on blue", "dim"} <= styles


def test_more_windows_than_letters_do_no_harm() -> None:
    assert signs_of([{"schedule": "s"}] * 40)[36:] == ["#"] * 4
