import json
import time

import pytest

from filterdns.cli.output import complain, local_time, say, say_json, say_table


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


def test_times_are_those_of_whoever_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert local_time(1_772_739_000.0) == "2026-03-05 20:30:00"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
