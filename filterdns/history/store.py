"""The database while the recorder writes it: opened when needed, begun anew when it is broken.

Every touch of the disk is made in a thread: the disk may take its time, this process may not.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiosqlite

from filterdns.errors import StateError
from filterdns.history import damaged, database, retention
from filterdns.history.retention import Retention
from filterdns.history.rows import Key, Tally

MAX_LOG_BYTES: Final = 64 << 20  # of SQLite's write-ahead log

logger = logging.getLogger(__name__)


class Store:
    """The rows at *path*. One caller at a time; every method raises what is in `DISK_ERRORS`.

    *remember* is told (hour, person, device, name) of the last two hours on record whenever a
    database is opened. *row_count* and *byte_count* are those of the last `keep_only`;
    *broken_copy* is where the last database lies that was broken.
    """

    def __init__(
        self,
        path: Path,
        remember: Callable[[int, str, str, str], None],
        max_log_bytes: int = MAX_LOG_BYTES,
    ) -> None:
        self.row_count = 0
        self.byte_count = 0
        self.broken_copy: Path | None = None
        self._path = path
        self._remember = remember
        self._max_log_bytes = max_log_bytes
        self._connection: aiosqlite.Connection | None = None
        self._opened_file: tuple[int, int] | None = None
        self._last_id = 0

    @property
    def is_open(self) -> bool:
        """Whether a database is open."""
        return self._connection is not None

    async def mend(self, now: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work*; where the database proves broken, set it aside, begin anew, do it again."""
        try:
            await work()
        except (sqlite3.Error, OSError) as error:
            if not (database.is_damaged(error) or await asyncio.to_thread(_is_no_file, self._path)):
                raise
            await self.close()
            copy = await asyncio.to_thread(damaged.set_aside, self._path, now)
            logger.error("history was damaged (%s): set aside as %s, begun anew", error, copy)
            await work()

    async def write(self, batch: Mapping[Key, Tally], now: float) -> None:
        """Write all of *batch*, or nothing."""
        connection = await self._connected()
        await self._bound_log(connection)
        # Ids are microseconds, so they go on rising when a database is begun anew and whoever
        # follows the log misses nothing.
        first_id = max(self._last_id + 1, int(now * 1_000_000))
        self._last_id = first_id + len(batch) - 1
        await database.write(connection, batch, first_id)

    async def keep_only(self, kept: Retention, now: float) -> None:
        """Delete what is not *kept*."""
        connection = await self._connected()
        before = now - kept.keep_seconds
        await asyncio.to_thread(damaged.remove_copies, self._path, before)
        await retention.enforce(connection, self._path, kept, now)
        self.row_count = await database.number(connection, "SELECT count(*) FROM blocked")
        self.byte_count = await asyncio.to_thread(database.bytes_on_disk, self._path)
        self.broken_copy = await asyncio.to_thread(damaged.newest_copy, self._path)

    async def erase(self, person: str) -> int:
        """Delete everything about *person*, copies included; return how many rows that were."""
        connection = await self._connected()
        await asyncio.to_thread(damaged.remove_copies, self._path)
        return await retention.erase(connection, person)

    async def check(self) -> None:
        """Read all of the database; raises what `mend` mends if it is broken."""
        await database.check(await self._connected())

    async def close(self) -> None:
        """Let go of the database. May be called twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a broken disk cannot be checkpointed
                await connection.close()

    async def _connected(self) -> aiosqlite.Connection:
        file = await asyncio.to_thread(_identity, self._path)
        if self._connection is not None and self._opened_file == file:
            return self._connection
        await self.close()
        connection = self._connection = await database.connect(self._path)
        self._opened_file = await asyncio.to_thread(_identity, self._path)
        newest_id = await database.number(connection, "SELECT max(id) FROM blocked")
        self._last_id = max(self._last_id, newest_id)
        for recent in await database.recent_names(connection):
            self._remember(*recent)
        return connection

    async def _bound_log(self, connection: aiosqlite.Connection) -> None:
        """Raise `StateError` where somebody reads for so long that the log cannot be emptied."""
        log = database.wal(self._path)
        if await asyncio.to_thread(_size, log) <= self._max_log_bytes:
            return
        await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        if await asyncio.to_thread(_size, log) > self._max_log_bytes:
            raise StateError(f"another program keeps reading {self._path}, so {log} cannot shrink")


DISK_ERRORS: Final = (sqlite3.Error, OSError, StateError)


def _is_no_file(path: Path) -> bool:
    """Whether something else than a file lies where the database at *path* or its log should."""
    return any(each.exists() and not each.is_file() for each in (path, database.wal(path)))


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at *path*: one that is removed can still be written to, and all is lost."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
