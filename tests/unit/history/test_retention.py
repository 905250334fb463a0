import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiosqlite
import pytest

from filterdns.history import database, retention
from filterdns.history.retention import Retention
from filterdns.history.rows import Key, Tally

DAY = 24 * 3600
NOW = 1000.0 * DAY


def batch(count: int, last_seen: int, person: str = "mia") -> dict[Key, Tally]:
    tally = Tally(last_seen, last_seen, 1)
    hour = last_seen // 3600
    return {
        Key(hour, person, "tablet", f"{number}.blocked.example", "adult", "A11", "adult"): tally
        for number in range(count)
    }


def on(
    path: Path, work: Callable[[aiosqlite.Connection], Awaitable[object]], *rows: dict[Key, Tally]
) -> list[int]:
    """Write *rows*, do *work*, and return the times that are left."""

    async def worked() -> list[int]:
        connection = await database.connect(path)
        try:
            for number, each in enumerate(rows):
                await database.write(connection, each, number * 1_000_000)
            await work(connection)
            left = await connection.execute_fetchall("SELECT last_seen FROM blocked ORDER BY id")
            return [last_seen for (last_seen,) in left]
        finally:
            await connection.close()

    return asyncio.run(worked())


def test_rows_go_when_they_were_last_seen_too_long_ago(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    edge = int(NOW) - 14 * DAY
    left = on(
        path,
        lambda connection: retention.enforce(connection, path, Retention(14 * DAY, 10**9), NOW),
        batch(1, edge - 1),
        batch(1, edge),
    )
    assert left == [edge]


def test_the_file_shrinks_when_many_rows_grow_old(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    sizes = []

    async def enforce(connection: aiosqlite.Connection) -> None:
        sizes.append(database.bytes_on_disk(path))
        await retention.enforce(connection, path, Retention(DAY, 10**9), NOW)
        sizes.append(database.bytes_on_disk(path))

    on(path, enforce, batch(5000, int(NOW) - 2 * DAY), batch(100, int(NOW)))
    before, after = sizes
    assert after < before // 10


def test_the_oldest_rows_go_until_the_file_is_small_enough(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    at_most = 500_000
    before = 0

    async def shrink(connection: aiosqlite.Connection) -> None:
        nonlocal before
        before = database.bytes_on_disk(path)
        await retention.enforce(connection, path, Retention(14 * DAY, at_most), NOW)
        assert database.bytes_on_disk(path) <= at_most

    left = on(path, shrink, *(batch(1000, int(NOW) - age * 3600) for age in range(10)))
    assert before > 2 * at_most
    assert 1000 <= len(left) <= 5000
    assert min(left) > NOW - 5 * 3600


def test_a_file_that_is_small_enough_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    left = on(
        path,
        lambda connection: retention.enforce(connection, path, Retention(DAY, 10**9), NOW),
        batch(10, int(NOW)),
    )
    assert len(left) == 10


def test_a_limit_below_an_empty_database_ends(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    left = on(
        path,
        lambda connection: retention.enforce(connection, path, Retention(DAY, 1), NOW),
        batch(10, int(NOW)),
    )
    assert left == []


def test_what_is_left_over_goes_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS_PER_STEP", 10)
    monkeypatch.setattr(retention, "MAX_STEPS", 2)
    path = tmp_path / "history.db"
    keep = Retention(DAY, 10**9)

    def once(connection: aiosqlite.Connection) -> Awaitable[None]:
        return retention.enforce(connection, path, keep, NOW)

    assert len(on(path, once, batch(30, 1000))) == 10
    assert on(path, once) == []


def test_erasing_takes_every_row_of_one_person_and_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    left = on(
        path,
        lambda connection: retention.erase(connection, "mia"),
        batch(1500, 1000, "mia"),
        batch(3, 2000, "ben"),
    )
    assert left == [2000] * 3
    assert b"1499.blocked.example" not in b"".join(part.read_bytes() for part in tmp_path.iterdir())
