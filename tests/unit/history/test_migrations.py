import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.errors import StateError
from filterdns.history import database, migrations
from filterdns.history.recorder import Recorder
from tests.support.old_history import write_old_history


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write_old_history(tmp_path / "history.db", 20)


def open_and_close(path: Path) -> None:
    async def opened() -> None:
        await (await database.connect(path)).close()

    asyncio.run(opened())


def version_and_rows(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        ((rows,),) = connection.execute("SELECT count(*) FROM blocked").fetchall()
    return version, rows


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(name for (name,) in connection.execute("SELECT name FROM sqlite_schema"))


def test_an_old_database_becomes_like_a_new_one_with_its_rows(old: Path, tmp_path: Path) -> None:
    open_and_close(old)
    open_and_close(new := tmp_path / "new.db")
    assert version_and_rows(old) == (migrations.SCHEMA_VERSION, 1)
    assert schema(old) == schema(new)


def test_it_is_copied_first_for_the_owner_alone(old: Path) -> None:
    open_and_close(old)
    copy = migrations.copy_before(old, 1)
    assert version_and_rows(copy) == (1, 1)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_rows_that_are_still_in_the_log_are_in_the_copy(old: Path) -> None:
    with closing(sqlite3.connect(old)) as writer:  # open, so nothing is moved from the log
        writer.execute("UPDATE blocked SET count = 4")
        writer.commit()
        open_and_close(old)
        with closing(sqlite3.connect(migrations.copy_before(old, 1))) as copy:
            assert copy.execute("SELECT count FROM blocked").fetchall() == [(4,)]


def test_without_a_copy_nothing_changes(old: Path) -> None:
    migrations.copy_before(old, 1).mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(OSError, match="directory"):
        open_and_close(old)
    assert version_and_rows(old) == (1, 1)
    assert not list(old.parent.glob(".*"))


def test_a_step_that_fails_leaves_the_old_version(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {1: "CREATE TABLE fresh (x); CREATE TABLE blocked (x)"}
    monkeypatch.setattr(migrations, "_STEPS", broken)
    with pytest.raises(sqlite3.Error):
        open_and_close(old)
    assert version_and_rows(old) == (1, 1)
    assert "fresh" not in schema(old)


def test_one_persons_rows_are_found_without_reading_all(old: Path) -> None:
    open_and_close(old)
    with closing(sqlite3.connect(old)) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM blocked WHERE person = 'mia' LIMIT 1000"
        ).fetchall()
    assert "USING COVERING INDEX blocked_by_person" in plan[0][3]


def test_what_the_next_start_does_is_said_and_nothing_done(old: Path) -> None:
    before = old.read_bytes()
    outlook = migrations.look_ahead(old)
    assert (outlook.version, outlook.copy) == (1, migrations.copy_before(old, 1))
    assert outlook.size_bytes == len(before)
    assert outlook.free_bytes > 0
    assert old.read_bytes() == before
    assert [path.name for path in old.parent.iterdir()] == ["history.db"]


def test_a_database_of_this_version_needs_no_copy(old: Path) -> None:
    open_and_close(old)
    assert migrations.look_ahead(old)[:2] == (migrations.SCHEMA_VERSION, None)


def test_no_database_is_no_trouble(tmp_path: Path) -> None:
    assert migrations.look_ahead(tmp_path / "history.db").version == 0


def test_a_newer_database_is_refused_with_the_way_back(old: Path) -> None:
    open_and_close(old)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(StateError, match=r"schema 9, expected at most 2\); move it away, or"):
        migrations.look_ahead(old)
    copy = migrations.copy_before(old, migrations.SCHEMA_VERSION)
    copy.touch()
    with pytest.raises(StateError, match=f"put {copy} in its place"):
        open_and_close(old)


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_text("no database at all, but longer than a header would have to be" * 20)
    with pytest.raises(StateError, match="cannot be read: file is not a database"):
        migrations.look_ahead(path)


def test_a_folder_that_cannot_be_looked_into_is_said(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300) / "history.db"  # stands for one of another user: root sees all
    with pytest.raises(StateError, match="cannot be read: "):
        migrations.look_ahead(path)


def test_the_copy_is_kept_no_longer_than_the_history(old: Path) -> None:
    async def erased() -> None:
        recorder = await Recorder.open(old, 3600, 1 << 30, 21.0)
        assert migrations.copy_before(old, 1).exists()
        await recorder.erase("mia")
        await recorder.close(21.0)

    asyncio.run(erased())
    assert not migrations.copy_before(old, 1).exists()
