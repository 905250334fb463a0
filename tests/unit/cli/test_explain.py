import io
import json
from pathlib import Path

import pytest

from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY, family


def test_a_verdict_is_told_with_row_rule_and_line(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "explain", "mia", "games.example", "--at", "12:00")
    assert (typed.code, typed.err) == (0, "")
    assert "games.example A for mia at " in typed.out
    assert "blocked by row A10, names: block: games.example" in typed.out
    assert "line      config.yaml:8:" in typed.out


def test_no_running_filter_is_needed_with_a_config(command: Command, tmp_path: Path) -> None:
    family(tmp_path)
    typed = command(
        "explain", "mia", "example.com", "--at", "Fri 21:15", "--config", tmp_path / "config.yaml"
    )
    assert typed.code == 0
    assert "blocked by row A8, schedules: internet: off" in typed.out
    assert "schedule  bedtime" in typed.out


def test_the_rules_that_were_beaten_are_told_with_their_lines(
    command: Command, tmp_path: Path
) -> None:
    family(tmp_path)
    asked = ("explain", "mia", "games.example", "--at", "Fri 21:15")
    typed = command(*asked, "--config", tmp_path / "config.yaml")
    assert (
        "  why       a schedule that is on comes before single names and categories\n" in typed.out
    )
    where = "config.yaml:8:13"
    assert f"  beats     A10 block: games.example ({where}), which would block it\n" in typed.out


def test_what_is_checked_in_an_answer_is_told_in_lines(command: Command, tmp_path: Path) -> None:
    body = FAMILY.replace("adults: {}", "adults: {bypass: {ech: block}}")
    family(tmp_path, body)
    asked = ("explain", "ada", "example.com", "--type", "HTTPS")
    typed = command(*asked, "--config", tmp_path / "config.yaml")
    assert typed.out.endswith(
        "  checks    a private address from outside blocks the answer\n"
        "            keys for Encrypted ClientHello are taken out of the answer: bypass: ech"
        " (config.yaml:10:26)\n"
    )


def test_the_lists_count_without_a_running_filter(command: Command, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("casino.example\n")
    body = FAMILY.replace("categories: {", "categories: {gambling: {sources: ['file:list']}, ")
    family(tmp_path, body.replace("[games.example, school]", "[gambling]"))
    typed = command(
        *("explain", "mia", "www.casino.example", "--at", "12:00", "--json"),
        *("--config", tmp_path / "config.yaml"),
    )
    found = json.loads(typed.out)
    assert (found["verdict"], found["row"]) == ("blocked", "A11")
    assert found["listed"] == "casino.example"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["miah", "games.example"], 2, 'did you mean "mia"'),
        (["mia", "a..b"], 2, "empty label"),
        (["mia"], 2, "WHO and NAME are needed"),
    ],
)
def test_what_cannot_be_asked_is_told(
    command: Command, tmp_path: Path, arguments: list[str], code: int, complaint: str
) -> None:
    typed = typed_to(tmp_path, command, "explain", *arguments)
    assert (typed.code, typed.out) == (code, "")
    assert complaint in typed.err


BATCH = """
# who   name            type  at
mia     games.example
mia     example.com     AAAA  Fri 21:15
ada     games.example         2026-12-24 12:00
"""


def test_a_batch_is_explained_line_by_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "batch").write_text(BATCH)
    typed = typed_to(tmp_path, command, "explain", "--batch", tmp_path / "batch", "--json")
    answers = [json.loads(line) for line in typed.out.splitlines()]
    assert [answer["type"] for answer in answers] == ["A", "AAAA", "A"]
    assert [answer["verdict"] for answer in answers] == ["blocked", "blocked", "allowed"]
    assert answers[2]["at"] == "Thu 2026-12-24 12:00"


def test_a_batch_can_come_from_a_pipe(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(BATCH))
    typed = typed_to(tmp_path, command, "explain", "--batch", "-")
    assert len(typed.out.splitlines()) == 4


def test_lines_of_a_batch_that_cannot_be_explained_are_told_beside_the_others(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "batch").write_text("nobody a.example\nmia games.example\n")
    typed = typed_to(tmp_path, command, "explain", "--batch", tmp_path / "batch", "--json")
    assert typed.code == 1
    assert len(typed.out.splitlines()) == 2
    assert 'nobody a.example: nobody is called "nobody"' in typed.err


@pytest.mark.parametrize("content", ["mia\n", None])
def test_a_batch_that_cannot_be_read_is_told(
    command: Command, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "batch").write_text(content)
    typed = command("explain", "--batch", tmp_path / "batch")
    assert typed.code == 2
    assert typed.err.startswith(f"filterdns: {tmp_path}/batch")
