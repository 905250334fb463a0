"""Retention: rows go when they are too old, the oldest go when the file is too large.

Small steps, so that a reader or a flush never waits long, and a bounded number of them at a time:
what is left over goes next time.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

import aiosqlite

from filterdns.history.database import bytes_on_disk, is_full, number

ROWS_PER_STEP: Final = 1000
MAX_STEPS: Final = 50
LEAVE_FREE_PERCENT: Final = 10  # below the limit, so that not every flush has to shrink the file
SLACK_PERCENT: Final = 10  # of the pages may be free: the rows of tomorrow need them


class Retention(NamedTuple):
    """How long rows are kept (seconds since they were last seen), how large the files may get."""

    keep_seconds: int
    at_most_bytes: int


async def enforce(
    connection: aiosqlite.Connection, path: Path, retention: Retention, now: float
) -> None:
    """Delete from the database at *path* what *retention* does not keep, and shrink the file.

    *now* is Unix seconds. Raises `sqlite3.Error` and `OSError`.
    """
    before = int(now) - retention.keep_seconds
    try:
        await _delete_old(connection, before)
    except sqlite3.Error as error:
        if not is_full(error):
            raise
        await _without_log(connection, lambda: _delete_old(connection, before))
    if is_too_large := bytes_on_disk(path) > retention.at_most_bytes:
        await _delete_oldest(
            connection, retention.at_most_bytes * (100 - LEAVE_FREE_PERCENT) // 100
        )
    if is_too_large or await _has_slack(connection):
        await shrink(connection)


async def erase(connection: aiosqlite.Connection, person: str) -> int:
    """Delete every row of *person*, shrink the file, and return how many rows there were."""
    deleted = 0
    while gone := await _delete(connection, "WHERE person = ? LIMIT ?", person, ROWS_PER_STEP):
        deleted += gone
    await shrink(connection)
    return deleted


async def shrink(connection: aiosqlite.Connection) -> None:
    """Give the space of deleted rows back to the file system.

    A read that is under way may keep the log from being emptied; the next time does it.
    """
    # As a script: a statement without columns is stepped once, which frees one page only.
    await connection.executescript("PRAGMA incremental_vacuum")
    await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


async def _without_log(
    connection: aiosqlite.Connection, delete: Callable[[], Awaitable[None]]
) -> None:
    """Do *delete* on a full disk: deleting writes to the log first, and there is no room for it.

    What would be undone is kept in memory meanwhile. A power cut just then breaks the database; but
    without this the disk stays full.
    """
    await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    await connection.execute_fetchall("PRAGMA journal_mode = MEMORY")
    try:
        await delete()
        await connection.executescript("PRAGMA incremental_vacuum")
    finally:
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")


async def _delete_old(connection: aiosqlite.Connection, before: int) -> None:
    old = "WHERE last_seen < ? ORDER BY last_seen LIMIT ?"
    for _ in range(MAX_STEPS):
        if await _delete(connection, old, before, ROWS_PER_STEP) < ROWS_PER_STEP:
            return


async def _delete_oldest(connection: aiosqlite.Connection, target_bytes: int) -> None:
    for _ in range(MAX_STEPS):
        if await _bytes_in_use(connection) <= target_bytes:
            return
        if not await _delete(connection, "ORDER BY last_seen LIMIT ?", ROWS_PER_STEP):
            return


async def _delete(connection: aiosqlite.Connection, which: str, *values: str | int) -> int:
    # A subquery, because DELETE itself has LIMIT only where SQLite was built with it.
    async with connection.execute(
        f"DELETE FROM blocked WHERE id IN (SELECT id FROM blocked {which})",  # noqa: S608
        values,
    ) as cursor:
        return cursor.rowcount


async def _bytes_in_use(connection: aiosqlite.Connection) -> int:
    pages, free = await _pages(connection)
    return (pages - free) * await number(connection, "PRAGMA page_size")


async def _has_slack(connection: aiosqlite.Connection) -> bool:
    pages, free = await _pages(connection)
    return free * 100 > pages * SLACK_PERCENT


async def _pages(connection: aiosqlite.Connection) -> tuple[int, int]:
    pages = await number(connection, "PRAGMA page_count")
    return pages, await number(connection, "PRAGMA freelist_count")
