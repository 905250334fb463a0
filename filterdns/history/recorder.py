"""The one writer of the history: takes rows from workers, keeps what `history:` says.

Rows are merged in memory and written every 30 s, at once when a reader asks, and at the end. A
disk that fails costs nothing but history: rows wait in memory, and every flush tries again.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiosqlite

from filterdns.errors import StateError
from filterdns.history import damaged, database, retention
from filterdns.history.flood import FloodBound
from filterdns.history.pending import MAX_ROWS, Pending
from filterdns.history.retention import Retention
from filterdns.history.rows import read_row

FLUSH_SECONDS: Final = 30.0
CROWDED_ROWS: Final = 10_000  # a school's morning does not wait for the 30 s

logger = logging.getLogger(__name__)


class Recorder:
    """Keeps blocked queries as aggregated rows in SQLite. Opened by `open`, ended by `close`.

    *trouble* says why rows cannot be written, or is empty. *refused* counts rows of workers that
    were wrong; *row_count* and *byte_count* are those of the last flush.
    """

    def __init__(self, path: Path, keep: Retention, max_pending_rows: int = MAX_ROWS) -> None:
        self.trouble = ""
        self.refused = 0
        self.row_count = 0
        self.byte_count = 0
        self._path = path
        self._retention = keep
        self._pending = Pending(max_pending_rows)
        self._flood_bound = FloodBound()
        self._is_crowded = asyncio.Event()
        self._lock = asyncio.Lock()
        self._connection: aiosqlite.Connection | None = None
        self._opened_file: tuple[int, int] | None = None
        self._last_id = 0

    @classmethod
    async def open(
        cls, path: Path, keep_seconds: int, at_most_bytes: int, now: float
    ) -> "Recorder":
        """Return a recorder over the database at *path*, which is made where there is none.

        Never raises for the disk's sake: see `trouble`. *now* is Unix seconds, here and below.
        """
        recorder = cls(path, Retention(keep_seconds, at_most_bytes))
        await recorder.flush(now)
        return recorder

    @property
    def pending_rows(self) -> int:
        """How many rows wait to be written."""
        return len(self._pending)

    @property
    def lost(self) -> int:
        """How many queries were never counted, because too many rows waited for the disk."""
        return self._pending.lost

    def retain(self, keep_seconds: int, at_most_bytes: int) -> None:
        """Keep rows as a new config says, from the next flush on."""
        self._retention = Retention(keep_seconds, at_most_bytes)

    def add(self, rows: object, now: float) -> None:
        """Take a batch of a worker, as decoded from JSON; refuse and count what is wrong in it."""
        if not isinstance(rows, list):
            self.refused += 1
            return
        for value in rows:
            try:
                key, tally = read_row(value, now)
            except ValueError:
                self.refused += 1
                continue
            self._pending.add(self._flood_bound.bounded(key, now), tally)
        if len(self._pending) >= CROWDED_ROWS and not self.trouble:
            self._is_crowded.set()

    async def run(self, clock: Callable[[], float]) -> None:
        """Flush every 30 s, sooner when much has come, until cancelled. *clock*: Unix seconds."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._is_crowded.wait()
            await self.flush(clock())

    async def flush(self, now: float) -> None:
        """Write what waits, and delete what is not kept. Never raises: see `trouble`."""
        async with self._lock:
            self._is_crowded.clear()
            try:
                await self._flush_or_begin_anew(now)
            except _DISK_ERRORS as error:
                await self._disconnect()
                self._report(str(StateError(f"history is not written: {error}")))
            else:
                self._report("")

    async def erase(self, person: str) -> int:
        """Delete everything about *person*, from memory, disk and what was set aside.

        Returns how many rows that were. What a worker has not sent yet comes afterwards. Raises
        `StateError` where it could not be done.
        """
        async with self._lock:
            try:
                connection = await self._connected()
                damaged.remove_copies(self._path)
                self._flood_bound.forget(person)
                return self._pending.forget(person) + await retention.erase(connection, person)
            except _DISK_ERRORS as error:
                await self._disconnect()
                raise StateError(f"history of {person} is not erased: {error}") from error

    async def close(self, now: float) -> None:
        """Write what waits and let go of the database. May be called twice."""
        if self._connection is not None or self._pending:
            await self.flush(now)
        async with self._lock:
            await self._disconnect()

    async def _flush_or_begin_anew(self, now: float) -> None:
        try:
            await self._flush(now)
        except sqlite3.Error as error:
            if not database.is_damaged(error):
                raise
            await self._disconnect()
            copy = damaged.set_aside(self._path, now)
            logger.error("history was damaged (%s): set aside as %s, begun anew", error, copy)
            await self._flush(now)

    async def _flush(self, now: float) -> None:
        connection = await self._connected()
        if self._pending:
            await self._write(connection, now)
        damaged.remove_copies(self._path, before=now - self._retention.keep_seconds)
        await retention.enforce(connection, self._path, self._retention, now)
        self.row_count = await database.number(connection, "SELECT count(*) FROM blocked")
        self.byte_count = database.bytes_on_disk(self._path)

    async def _write(self, connection: aiosqlite.Connection, now: float) -> None:
        # Ids are microseconds, so they go on rising when a database is begun anew and whoever
        # follows the log misses nothing.
        first_id = max(self._last_id + 1, int(now * 1_000_000))
        batch = self._pending.take()
        self._last_id = first_id + len(batch) - 1
        try:
            await database.write(connection, batch, first_id)
        except sqlite3.Error:  # not when cancelled: the statement then still runs to its end
            self._pending.put_back(batch)
            raise

    async def _connected(self) -> aiosqlite.Connection:
        if self._connection is not None and self._opened_file == _identity(self._path):
            return self._connection
        await self._disconnect()
        connection = self._connection = await database.connect(self._path)
        self._opened_file = _identity(self._path)
        newest_id = await database.number(connection, "SELECT max(id) FROM blocked")
        self._last_id = max(self._last_id, newest_id)
        for recent in await database.recent_names(connection):
            self._flood_bound.remember(*recent)
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a broken disk cannot be checkpointed
                await connection.close()

    def _report(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            logger.error("%s; %d rows wait in memory", trouble, self.pending_rows)
        elif self.trouble and not trouble:
            logger.info("history is written again")
        self.trouble = trouble


_DISK_ERRORS: Final = (sqlite3.Error, OSError, StateError)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at *path*: one that is removed can still be written to, and all is lost."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
