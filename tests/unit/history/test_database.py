import asyncio
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from filterdns.errors import StateError
from filterdns.history import database
from filterdns.history.rows import Key, Tally

X = Key(5, "mia", "tablet", 'x"\\009.example', "adult", "A11", "block: ['adult']; Ü")
Y = X._replace(name="y.example")


def write(path: Path, *batches: dict[Key, Tally]) -> list[tuple[Any, ...]]:
    async def written() -> list[tuple[Any, ...]]:
        connection = await database.connect(path)
        try:
            for number, batch in enumerate(batches, 1):
                await database.write(connection, batch, number * 100)
            return [
                tuple(row)
                for row in await connection.execute_fetchall("SELECT * FROM blocked ORDER BY id")
            ]
        finally:
            await connection.close()

    return asyncio.run(written())


def test_rows_come_back_as_they_went(tmp_path: Path) -> None:
    rows = write(tmp_path / "history.db", {X: Tally(10, 20, 3)})
    assert rows == [(100, *X, 10, 20, 3)]


def test_a_known_row_grows_and_moves_to_the_end(tmp_path: Path) -> None:
    rows = write(
        tmp_path / "history.db",
        {X: Tally(10, 20, 3), Y: Tally(11, 12, 1)},
        {X: Tally(30, 40, 2)},
    )
    assert rows == [(101, *Y, 11, 12, 1), (200, *X, 10, 40, 5)]


def test_rows_stay_when_the_database_is_opened_again(tmp_path: Path) -> None:
    write(tmp_path / "history.db", {X: Tally(10, 20, 3)})
    assert write(tmp_path / "history.db") == [(100, *X, 10, 20, 3)]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    write(tmp_path / "history.db")
    assert stat.S_IMODE((tmp_path / "history.db").stat().st_mode) == 0o600


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "history.db")
    with sqlite3.connect(tmp_path / "history.db") as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(StateError, match="schema 9, expected at most"):
        write(tmp_path / "history.db")


def test_the_names_of_the_last_two_hours_are_recent(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    hours = {X._replace(hour=hour, name=f"{hour}.example"): Tally(1, 1, 1) for hour in (5, 6, 7)}
    write(path, hours, {X._replace(hour=7, name=""): Tally(1, 1, 1)})

    async def recent() -> list[tuple[int, str, str, str]]:
        connection = await database.connect(path)
        try:
            return sorted(await database.recent_names(connection))
        finally:
            await connection.close()

    assert asyncio.run(recent()) == [
        (6, "mia", "tablet", "6.example"),
        (7, "mia", "tablet", "7.example"),
    ]


def test_junk_is_known_as_damage(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"junk" * 2000)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        write(tmp_path / "history.db")
    assert database.is_damaged(caught.value)


def test_a_missing_folder_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        write(tmp_path / "nowhere" / "history.db")
    assert not database.is_damaged(caught.value)


def test_the_log_counts_as_size(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"1234")
    (tmp_path / "history.db-wal").write_bytes(b"12")
    assert database.bytes_on_disk(tmp_path / "history.db") == 6
