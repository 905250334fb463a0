import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from filterdns.control.upgrade import Finding, look_ahead
from filterdns.folders import Folders
from filterdns.history import migrations
from tests.support.old_history import write_old_history


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / "state", tmp_path / "run")
    made.make()
    return made


def found(folders: Folders, what: str) -> Finding:
    return next(each for each in look_ahead(folders) if each.what == what)


def test_without_state_it_is_a_first_start(tmp_path: Path) -> None:
    [finding] = look_ahead(Folders(tmp_path / "state", tmp_path / "run"))
    assert finding.is_ready
    assert finding.message.endswith("state is not there yet: a first start")
    assert not (tmp_path / "state").exists()


def test_an_older_history_is_said_to_be_copied_and_migrated(folders: Folders) -> None:
    write_old_history(folders.history, 20)
    finding = found(folders, "history")
    assert finding.is_ready
    assert f"from schema 1 to {migrations.SCHEMA_VERSION}" in finding.message
    assert f"copied to {folders.history}.schema-1 first" in finding.message


def test_without_room_for_the_copy_it_is_not_ready(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_old_history(folders.history, 20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(1, 1, 0))
    finding = found(folders, "history")
    assert not finding.is_ready
    assert "0 MiB are free there" in finding.message


def test_a_newer_history_is_not_ready(folders: Folders) -> None:
    write_old_history(folders.history, 20)
    with closing(sqlite3.connect(folders.history)) as connection:
        connection.execute("PRAGMA user_version = 99")
    finding = found(folders, "history")
    assert not finding.is_ready
    assert "of a newer filterdns" in finding.message


def test_lists_of_another_version_are_built_anew(folders: Folders) -> None:
    assert found(folders, "lists").message == "none are built yet"
    (folders.lists / "index-0.idx").write_bytes(b"of another version")
    finding = found(folders, "lists")
    assert finding.is_ready
    assert "built anew" in finding.message
