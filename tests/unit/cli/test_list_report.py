"""What is told of lists: columns that say something, few of many names, troubles apart."""

import re
from typing import Any

import pytest

from filterdns.cli.list_report import tell_measured, tell_sources, tell_taken_out

SOURCE: dict[str, Any] = {
    "category": "drugs",
    "name": "file:list",
    "names": 12,
    "others": {"exact": 3},
    "change": 0,
    "state": "good",
    "error": "",
    "taken_out": {},
}


def test_entries_of_all_kinds_are_counted_and_empty_columns_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_sources([SOURCE])
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["category", "list", "entries", "covered", "skipped", "state"]
    assert row.split() == ["drugs", "file:list", "15", "0", "0", "good"]


def test_the_trouble_of_a_build_stands_before_that_of_a_fetch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fetched = SOURCE | {"fetch_error": "the server said 500"}
    tell_sources([fetched, fetched | {"error": "it has shrunk"}])
    _, *rows = capsys.readouterr().out.splitlines()
    assert [re.split(r"\s{2,}", row.strip())[-1] for row in rows] == [
        "the server said 500",
        "it has shrunk",
    ]


def test_of_many_names_that_were_taken_out_few_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [f"n{number}.example" for number in range(11)]
    tell_taken_out([SOURCE | {"taken_out": {"covers a lifeline": names}}])
    said = capsys.readouterr().out
    assert "taken out, each covers a lifeline: n0.example" in said
    assert said.rstrip().endswith("n9.example, …")


def test_what_the_meter_could_not_read_is_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    nothing: dict[str, Any] = {"canaries": [], "popular_blocked": {}, "labelled": {}}
    tell_measured(nothing | {"trouble": "top: cannot be read"})
    assert "not measured as they should be: top: cannot be read" in capsys.readouterr().err
