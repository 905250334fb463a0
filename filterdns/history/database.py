"""The database of the history: its schema, how it is opened, how rows get in.

One table. `id` says when a row last changed: whoever changes a row gives it a greater one, so
following the log is reading on from an id, and a row that grew comes by again.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import aiosqlite

from filterdns.history import migrations
from filterdns.history.rows import Key, Tally

BUSY_SECONDS: Final = 2.0  # how long a reader may hold up the emptying of the log

_SETTINGS: Final = (
    "PRAGMA auto_vacuum = INCREMENTAL",  # before the first table, or it has no effect
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # a power cut costs the last rows, never the database
    "PRAGMA secure_delete = ON",  # what is deleted is not left on the disk to be found
    "PRAGMA journal_size_limit = 4194304",
)
_FIRST_VERSION: Final = 1
_FIRST_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE blocked (
    id INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL,
    person TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    row TEXT NOT NULL,
    rule TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    count INTEGER NOT NULL,
    UNIQUE (hour, person, device, name, category, row, rule)
);
CREATE INDEX blocked_by_last_seen ON blocked (last_seen);
PRAGMA user_version = {_FIRST_VERSION};
COMMIT;
"""
# One statement, so a batch is written whole or not at all and no transaction can be left open.
# `WHERE true` keeps ON CONFLICT from being read as a part of a join.
_WRITE: Final = """
INSERT INTO blocked
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
       json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'),
       json_extract(value, '$[9]'), json_extract(value, '$[10]')
FROM json_each(?) WHERE true
ON CONFLICT (hour, person, device, name, category, row, rule) DO UPDATE SET
    id = excluded.id,
    first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen),
    count = count + excluded.count
"""


async def connect(path: Path) -> aiosqlite.Connection:
    """Open the database at *path* for the one writer, and make it where there is none.

    Every statement is its own transaction. Raises `sqlite3.Error`, `OSError`, and `StateError`
    where a newer version of filterdns has written it.
    """
    await asyncio.to_thread(_create_private, path)
    connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        for setting in _SETTINGS:
            await connection.execute_fetchall(setting)
        version = await number(connection, "PRAGMA user_version")
        migrations.refuse_newer(path, version)
        if version == 0:
            await connection.executescript(_FIRST_SCHEMA)
            await migrations.take_steps(connection, _FIRST_VERSION)
        elif version < migrations.SCHEMA_VERSION:
            await migrations.migrate(connection, path, version)
    except BaseException:
        await connection.close()
        raise
    return connection


async def write(
    connection: aiosqlite.Connection, tally_by_key: Mapping[Key, Tally], first_id: int
) -> None:
    """Write all rows, as new ones or into those with the same key, under ids from *first_id*."""
    batch = [
        (row_id, *key, tally.first_seen, tally.last_seen, tally.count)
        for row_id, (key, tally) in enumerate(tally_by_key.items(), first_id)
    ]
    await connection.execute_fetchall(_WRITE, (json.dumps(batch),))


async def recent_names(connection: aiosqlite.Connection) -> Iterable[tuple[int, str, str, str]]:
    """Return (hour, person, device, name) of the last hour on record and the one before."""
    rows = await connection.execute_fetchall(
        "SELECT DISTINCT hour, person, device, name FROM blocked"
        " WHERE hour >= (SELECT max(hour) FROM blocked) - 1 AND name <> ''"
    )
    return [(hour, person, device, name) for hour, person, device, name in rows]


async def number(connection: aiosqlite.Connection, query: str) -> int:
    """Return the one number that *query* asks for; 0 for NULL."""
    ((value,),) = await connection.execute_fetchall(query)
    return value or 0


def is_damaged(error: Exception) -> bool:
    """Whether *error* says that the file is no database, or a broken one."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_full(error: Exception) -> bool:
    """Whether *error* says that the disk has no room."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


async def check(connection: aiosqlite.Connection) -> None:
    """Read the whole database; raises an error that `is_damaged` if it is broken."""
    ((found,),) = await connection.execute_fetchall("PRAGMA quick_check(1)")
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def bytes_on_disk(path: Path) -> int:
    """Return the size of the database at *path* with its write-ahead log."""
    return sum(part.stat().st_size for part in (path, wal(path)) if part.exists())


def wal(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of the database at *path*."""
    return path.with_name(path.name + "-wal")


def _create_private(path: Path) -> None:
    # SQLite gives the log and the shared memory beside it the mode that the database has.
    path.touch(mode=0o600)
