import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import Command
from tests.support.control import FAMILY
from tests.support.old_history import write_old_history


@pytest.fixture
def place(tmp_path: Path) -> list[str | Path]:
    """Give the options that name a config and a state of the first version."""
    (tmp_path / "config.yaml").write_text(FAMILY)
    (tmp_path / "state").mkdir()
    write_old_history(tmp_path / "state" / "history.db", 20)
    return ["--config", tmp_path / "config.yaml", "--dir", tmp_path]


def test_all_is_told_and_nothing_done(command: Command, place: list[str], tmp_path: Path) -> None:
    typed = command("upgrade-check", *place)
    assert typed.code == 0
    assert [line.split()[0] for line in typed.out.splitlines()] == ["config", "history", "lists"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "config.yaml", "history.db", "state"
    ]  # fmt: skip


def test_a_config_that_is_refused_is_told_with_its_place(
    command: Command, place: list[str], tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(FAMILY + "peple: {}\n")
    typed = command("upgrade-check", *place)
    assert typed.code == 2
    assert typed.err.startswith(f"config.yaml:{FAMILY.count(chr(10)) + 1}:1")
    assert "  history " in typed.out


def test_a_state_that_cannot_be_used_ends_with_one(
    command: Command, place: list[str], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "state" / "history.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    typed = command("upgrade-check", *place)
    assert typed.code == 1
    assert typed.err.startswith("! history")


def test_json_says_the_same(command: Command, place: list[str]) -> None:
    typed = command("upgrade-check", *place, "--json")
    said = json.loads(typed.out)
    assert said["ready"]
    assert said["problems"] == []
    assert {each["what"]: each["ready"] for each in said["state"]} == {
        "history": True, "lists": True
    }  # fmt: skip
