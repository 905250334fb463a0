import json
from pathlib import Path

import pytest

from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY

LATER = FAMILY.replace('daily: "20:30-06:30"', 'daily: "21:00-06:30"')


@pytest.fixture
def new(tmp_path: Path) -> Path:
    folder = tmp_path / "new"
    folder.mkdir()
    path = folder / "new.yaml"
    path.write_text(LATER)
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.yaml"
    path.write_text(FAMILY)
    return path


def test_each_person_is_told_what_changes(command: Command, old: Path, new: Path) -> None:
    typed = command("diff", new, "--config", old)
    assert (typed.code, typed.err) == (1, "")
    lines = typed.out.splitlines()
    assert lines[:2] == ["mia", "  everything will be open every day 20:30-21:00"]
    assert lines[2] == "ben"  # whose clocks are those of Denver
    assert "ada" not in lines
    assert "unknown devices" in lines
    assert "whoever is in room-12" in lines


def test_nothing_that_changes_is_said_and_is_zero(command: Command, old: Path) -> None:
    typed = command("diff", old, "--config", old)
    assert (typed.code, typed.out, typed.err) == (0, "nothing changes\n", "")


def test_everything_is_there_as_json(command: Command, old: Path, new: Path) -> None:
    typed = command("diff", new, "--config", old, "--json")
    found = json.loads(typed.out)
    assert found["changes"]
    [change] = found["people"][0]["changes"]
    assert change["what"] == ["everything"]
    assert (change["before"], change["after"]) == ("closed", "open")
    assert change["when"] == "every day 20:30-21:00"


def test_the_running_filter_is_compared_with_what_is_in_force(
    command: Command, tmp_path: Path, new: Path
) -> None:
    typed = typed_to(tmp_path, command, "diff", new)
    assert (typed.code, typed.err) == (1, "")
    assert "everything will be open every day 20:30-21:00" in typed.out


def test_what_is_in_force_changes_nothing(command: Command, tmp_path: Path, old: Path) -> None:
    typed = typed_to(tmp_path, command, "diff", old)
    assert (typed.code, typed.out) == (0, "nothing changes\n")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("timezone: Nowhere\n", "is not a time zone"),
        (None, "cannot be read"),
    ],
)
def test_a_new_config_that_is_wrong_is_told_and_is_two(
    command: Command, tmp_path: Path, old: Path, body: str | None, complaint: str
) -> None:
    path = tmp_path / "wrong.yaml"
    if body is not None:
        path.write_text(body)
    typed = command("diff", path, "--config", old)
    assert (typed.code, typed.out) == (2, "")
    assert complaint in typed.err


def test_without_a_running_filter_the_other_way_is_named_and_is_two(
    command: Command, tmp_path: Path, new: Path
) -> None:
    typed = command("diff", new, "--dir", tmp_path / "none")
    assert (typed.code, typed.out) == (2, "")
    assert "--config" in typed.err
