"""The log of blocked queries, read: for people, for `--follow`, and whole for one person.

Readers have their own read-only connections, so a report never holds up the writer. What is still
in the writer's memory is not seen: flush first.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import aiosqlite

from filterdns.errors import StateError
from filterdns.history.database import BUSY_SECONDS, number


@dataclass(frozen=True, slots=True)
class LogRow:
    """A blocked name of one device in one hour: from when to when (Unix seconds), how often.

    *person* is empty for an unknown device, *name* for queries that are counted without name.
    *change* grows whenever the row does.
    """

    person: str
    device: str
    name: str
    category: str
    row: str
    rule: str
    first_seen: int
    last_seen: int
    count: int
    change: int


class Page(NamedTuple):
    """Rows, and the *cursor* with which to ask for all that changes afterwards."""

    rows: list[LogRow]
    cursor: int


async def read(
    path: Path,
    *,
    since: float | None = None,
    until: float | None = None,
    who: str = "",
    category: str = "",
    limit: int = 1000,
    after: int | None = None,
) -> Page:
    """Return the newest *limit* rows of the database at *path*, the newest last.

    Rows seen at or after *since* and before *until* (Unix seconds), of the person or device *who*
    (`unknown` is nobody's), of *category*; what is empty does not select. With *after*, a cursor,
    the first *limit* rows that are new or have grown since, in the order of their changes. Raises
    `StateError`.
    """
    conditions = _Conditions()
    conditions.add("last_seen >= ?", since)
    conditions.add("first_seen < ?", until)
    conditions.add("? IN (iif(person = '', 'unknown', person), device)", who or None)
    conditions.add("category = ?", category or None)
    conditions.add("id > ?", after)
    async with _reading(path) as connection:
        newest_change = await number(connection, "SELECT max(id) FROM blocked")
        order = "last_seen DESC, id DESC" if after is None else "id"
        found = await connection.execute_fetchall(
            f"{_SELECT} {conditions.where} ORDER BY {order} LIMIT ?", (*conditions.values, limit)
        )
    rows = [LogRow(*row) for row in found]
    if after is None:
        return Page(rows[::-1], newest_change)
    return Page(rows, rows[-1].change if len(rows) == limit else max(after, newest_change))


async def export(path: Path, person: str) -> AsyncIterator[LogRow]:
    """Yield every row of *person*, the oldest first, as they were when it began.

    Raises `StateError`.
    """
    async with (
        _reading(path) as connection,
        connection.execute(
            f"{_SELECT} WHERE person = ? ORDER BY last_seen, id", (person,)
        ) as cursor,
    ):
        async for row in cursor:
            yield LogRow(*row)


_SELECT: Final = (
    "SELECT person, device, name, category, row, rule, first_seen, last_seen, count, id"
    " FROM blocked"
)


class _Conditions:
    """What rows have to meet: SQL of ours, values of whoever asks."""

    def __init__(self) -> None:
        self.values: list[str | float] = []
        self._conditions: list[str] = []

    def add(self, condition: str, value: str | float | None) -> None:
        if value is not None:
            self._conditions.append(condition)
            self.values.append(value)

    @property
    def where(self) -> str:
        return "WHERE " + " AND ".join(self._conditions) if self._conditions else ""


@asynccontextmanager
async def _reading(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """Open *path* for one consistent look, read-only."""
    try:
        async with aiosqlite.connect(
            _read_only(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS
        ) as connection:
            await connection.execute_fetchall("BEGIN")
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise StateError(f"history cannot be read: {error}") from error


def _read_only(path: Path) -> str:
    # Tried before SQLite does: the thread of a connection that fails to open outlives its loop.
    with path.open("rb"):
        pass
    return f"{path.absolute().as_uri()}?mode=ro"
