import json
import os
import pty
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from filterdns.cli.output import (
    Colour,
    complain,
    local_time,
    say,
    say_fact,
    say_json,
    say_prose,
    say_table,
)


def test_results_and_complaints_go_different_ways(capsys: pytest.CaptureFixture[str]) -> None:
    say("result")
    complain("complaint")
    assert capsys.readouterr() == ("result\n", "complaint\n")


def test_json_is_one_line_in_its_own_letters(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"name": "zoë", "lines": "a\nb"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "zoë" in out
    assert json.loads(out)["lines"] == "a\nb"


def test_a_table_in_a_pipe_is_as_wide_as_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(["name", "rule"], [["x" * 150, "[red] block: school"], ["y", ""]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].split("  ") == ["x" * 150, "[red] block: school"]


COLUMNS = ["seen", "who", "maker", "name", "rule"]
ROWS = [
    ["21:14", "mia", "", "www.casino.example", "A11 block: gambling"],
    ["21:15", "zoë", "", "b.example", ""],
]


def shown_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, write: Callable[[], None]
) -> str:
    """Return what *write* leaves on a terminal that is *columns* wide."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(columns))
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", terminal)
        write()
    written = b""
    with suppress(OSError):  # how the end of a terminal is told
        while chunk := os.read(ours, 65_536):
            written += chunk
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def test_a_table_that_fits_has_a_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown_on_a_terminal(monkeypatch, 80, lambda: say_table(COLUMNS, ROWS)) == (
        "seen   who  maker  name                rule\n"
        "21:14  mia         www.casino.example  A11 block: gambling\n"
        "21:15  zoë         b.example\n"
    )


def test_what_does_not_fit_stands_below_its_row_and_no_cell_is_squeezed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown_on_a_terminal(monkeypatch, 36, lambda: say_table(COLUMNS, ROWS)) == (
        "seen   who  name\n"
        "21:14  mia  www.casino.example\n"
        "    rule: A11 block: gambling\n"
        "21:15  zoë  b.example\n"
    )


def test_no_line_of_a_table_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for columns in range(20, 120):
        shown = shown_on_a_terminal(monkeypatch, columns, lambda: say_table(COLUMNS, ROWS))
        assert max(map(len, shown.splitlines())) <= columns
        assert "casino" in shown


def test_the_second_column_has_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    rows = [["udp", "open", "x"], ["dot", "closed", "y"]]
    colours = [Colour.BAD, None]
    shown = shown_on_a_terminal(
        monkeypatch, 80, lambda: say_table(["way", "is", "seen"], rows, colours)
    )
    assert shown.splitlines()[1:] == ["udp  \x1b[1;31mopen\x1b[0m    x", "dot  closed  y"]


def test_wide_letters_and_what_is_no_letter_do_not_break_a_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table(["calls itself", "here"], [["美亚的手机", "x"], ["a\x1b[31m\nb", "y"]])
    assert capsys.readouterr().out.splitlines() == [
        "calls itself  here",
        "美亚的手机    x",
        "a [31m b      y",
    ]


def test_a_long_line_goes_on_a_step_further_in(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_on_a_terminal(monkeypatch, 20, lambda: say_prose("  one two three four five six"))
    assert shown == "  one two three four\n    five six\n"


def test_a_long_line_stays_one_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    say_prose("  one" + " two" * 100)
    assert capsys.readouterr().out == "  one" + " two" * 100 + "\n"


def test_a_long_fact_goes_on_below_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_on_a_terminal(monkeypatch, 30, lambda: say_fact("  disk ", "one two three four"))
    assert shown == "  disk  one two three four\n"
    shown = shown_on_a_terminal(monkeypatch, 24, lambda: say_fact("  disk ", "one two three four"))
    assert shown == "  disk  one two three\n        four\n"


def test_a_long_fact_with_a_long_label_goes_on_below_that(monkeypatch: pytest.MonkeyPatch) -> None:
    label = "  closed by the router:"
    shown = shown_on_a_terminal(monkeypatch, 30, lambda: say_fact(label, "one, two, three"))
    assert shown == "  closed by the router: one,\n    two, three\n"


def test_times_are_those_of_whoever_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert local_time(1_772_739_000.0) == "2026-03-05 20:30:00"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
