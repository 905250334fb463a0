import json
from pathlib import Path

from filterdns.control.running import RunningFilter
from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY


def some_rows(running: RunningFilter) -> None:
    now = int(running.clock.now())
    rows = [
        ["mia", "tablet", "games.example", "", "A10", "block: games.example", now, now, 2],
        ["", "127.0.0.77", "casino.example", "gambling", "A11", "block: gambling", now, now, 1],
        ["ben", "tablet", "", "ads", "A11", "", now, now, 9],
    ]
    running.recorder.add(rows, now)


def test_blocked_queries_are_shown(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", first=some_rows)
    assert typed.code == 0
    lines = typed.out.splitlines()
    assert lines[0].split() == [
        "last",
        "seen",
        "who",
        "device",
        "name",
        "count",
        "category",
        "rule",
    ]
    assert len(lines) == 4
    assert any("mia      tablet      games.example   2" in line for line in lines)
    assert any("unknown  127.0.0.77  casino.example  1" in line for line in lines)
    assert any("ben      tablet      (not named)     9" in line for line in lines)


def test_an_empty_log_says_so(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log")
    assert (typed.code, typed.out) == (0, "no blocked query is in the log\n")


def test_a_log_in_which_nothing_fits_says_so(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", "--category", "dating", first=some_rows)
    assert (typed.code, typed.out) == (0, "no blocked query that fits is in the log\n")


def test_rows_can_be_chosen(command: Command, tmp_path: Path) -> None:
    typed = typed_to(
        tmp_path, command, "log", "--who", "mia", "--since", "1h", "--json", first=some_rows
    )
    [row] = [json.loads(line) for line in typed.out.splitlines()]
    assert (row["name"], row["count"]) == ("games.example", 2)


def test_a_category_can_be_chosen(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", "--category", "gambling", "--json", first=some_rows)
    assert [json.loads(line)["name"] for line in typed.out.splitlines()] == ["casino.example"]


def test_a_wrong_time_is_told(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", "--since", "ever")
    assert (typed.code, typed.out) == (2, "")
    assert "since: " in typed.err


def test_following_goes_on_until_the_filter_ends(command: Command, tmp_path: Path) -> None:
    def first(running: RunningFilter) -> None:
        some_rows(running)
        running.is_over.set()

    typed = typed_to(tmp_path, command, "log", "--follow", first=first)
    assert typed.code == 0
    assert len(typed.out.splitlines()) == 3


def test_a_name_that_nobody_has_is_told_with_the_nearest(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", "--who", "mai", first=some_rows)
    assert (typed.code, typed.out) == (2, "")
    assert 'nobody is called "mai"; did you mean "mia"?' in typed.err


def test_somebody_who_has_done_nothing_has_an_empty_log(command: Command, tmp_path: Path) -> None:
    for who in ("ada", "laptop", "127.0.0.55"):
        typed = typed_to(tmp_path, command, "log", "--who", who, "--json", first=some_rows)
        assert (typed.code, typed.out, typed.err) == (0, "", ""), who


def test_somebody_who_has_left_is_found_in_the_log(command: Command, tmp_path: Path) -> None:
    without_ben = FAMILY.replace("  ben: ", "  bea: ")
    typed = typed_to(
        tmp_path, command, "log", "--who", "ben", "--json", body=without_ben, first=some_rows
    )
    assert (typed.code, json.loads(typed.out)["count"]) == (0, 9)
    arguments = ("--who", "ben", "--category", "adult", "--json")
    typed = typed_to(tmp_path, command, "log", *arguments, body=without_ben)
    assert (typed.code, typed.out) == (0, "")


def test_devices_without_a_name_are_found_together(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "log", "--who", "unknown", "--json", first=some_rows)
    assert json.loads(typed.out)["device"] == "127.0.0.77"
