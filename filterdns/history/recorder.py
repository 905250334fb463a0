"""The one writer of the history: takes rows from workers, keeps what `history:` says.

Rows are merged in memory and written every 30 s, at once when a reader asks, and at the end. A
disk that fails costs nothing but history: rows wait in memory, and every flush tries again. A disk
that does not answer holds up nobody.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from filterdns.errors import StateError
from filterdns.history import database
from filterdns.history.flood import FloodBound
from filterdns.history.pending import MAX_ROWS, Pending
from filterdns.history.retention import Retention
from filterdns.history.rows import Key, Tally, read_row
from filterdns.history.store import DISK_ERRORS, Store
from filterdns.tasks import Tasks

FLUSH_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 3.0  # of whoever wants something written
LAST_PATIENCE_SECONDS: Final = 1.0  # at the end
CROWDED_ROWS: Final = 10_000  # a school's morning does not wait for the 30 s

logger = logging.getLogger(__name__)


class Recorder:
    """Keeps blocked queries as aggregated rows in SQLite. Opened by `open`, ended by `close`.

    *trouble* says why rows cannot be written, or is empty; *is_held_up* is whether the disk does
    not even refuse. *refused* counts rows of workers that were wrong.
    """

    def __init__(self, path: Path, keep: Retention, max_pending_rows: int = MAX_ROWS) -> None:
        self.trouble = ""
        self.is_held_up = False
        self.refused = 0
        self._retention = keep
        self._pending = Pending(max_pending_rows)
        self._flood_bound = FloodBound()
        self._store = Store(path, self._flood_bound.remember)
        self._is_crowded = asyncio.Event()
        self._is_doubted = False
        self._is_closed = False
        self._lock = asyncio.Lock()
        self._tasks = Tasks()
        self._flushing: asyncio.Task[None] | None = None
        self._is_time_known = True
        self._doubt_seconds = 0.0

    @classmethod
    async def open(
        cls,
        path: Path,
        keep_seconds: int,
        at_most_bytes: int,
        now: float,
        *,
        is_time_known: bool = True,
    ) -> "Recorder":
        """Return a recorder over the database at *path*, which is made where there is none.

        Never raises for the disk's sake: see `trouble`. *now* is Unix seconds, here and below; see
        `trust` for *is_time_known*.
        """
        recorder = cls(path, Retention(keep_seconds, at_most_bytes))
        recorder.trust(is_time_known, 0.0)
        await recorder.flush(now)
        return recorder

    @property
    def pending_rows(self) -> int:
        """How many rows wait to be written."""
        return len(self._pending)

    @property
    def row_count(self) -> int:
        """How many rows the database had after the last flush."""
        return self._store.row_count

    @property
    def byte_count(self) -> int:
        """How many bytes it took on the disk then."""
        return self._store.byte_count

    @property
    def broken_copy(self) -> Path | None:
        """Where a database lies that was broken and set aside."""
        return self._store.broken_copy

    @property
    def lost(self) -> int:
        """How many queries were never counted, because too many rows waited for the disk."""
        return self._pending.lost

    def retain(self, keep_seconds: int, at_most_bytes: int) -> None:
        """Keep rows as a new config says, from the next flush on."""
        self._retention = Retention(keep_seconds, at_most_bytes)

    def trust(self, is_time_known: bool, doubt_seconds: float) -> None:
        """Go by what is known of the time from now on.

        While it is not known, rows wait in memory and nothing is deleted. A clock that may be ahead
        by *doubt_seconds* has things kept for so much longer.
        """
        self._is_time_known = is_time_known
        self._doubt_seconds = doubt_seconds

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
        if len(self._pending) >= CROWDED_ROWS and self._is_time_known and not self.trouble:
            self._is_crowded.set()

    async def run(self, clock: Callable[[], float]) -> None:
        """Flush every 30 s, sooner when much has come, until `close`. *clock*: Unix seconds."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._is_crowded.wait()
            if self._is_closed:
                return  # what was opened now nobody would close
            await self.flush(clock())

    async def flush(self, now: float, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Write what waits, and delete what is not kept. Never raises: see `trouble`.

        Returns after *patience_seconds* at the latest. A disk that takes longer is left to it: the
        work goes on by itself, and nothing more is begun before it is done.
        """
        deadline = time.monotonic() + patience_seconds
        before = self._flushing
        if before is not None and not before.done():  # it may have begun before the last rows came
            await asyncio.wait({before}, timeout=patience_seconds)
        if self._flushing is before and (before is None or before.done()):
            self._flushing = self._tasks.spawn(self._flush(now))
        assert self._flushing is not None
        await asyncio.wait({self._flushing}, timeout=max(0.0, deadline - time.monotonic()))
        if not self._flushing.done():
            self.is_held_up = True
            self._report("history is not written: the disk does not answer")

    def doubt(self) -> None:
        """Let the next flush look whether the database is broken: a reader could not read it."""
        self._is_doubted = True

    async def erase(self, person: str) -> int:
        """Delete everything about *person*, from memory, disk and what was set aside.

        Returns how many rows that were. What a worker has not sent yet comes afterwards. Raises
        `StateError` where it could not be done.
        """
        async with self._lock:
            try:
                erased = await self._store.erase(person)
            except DISK_ERRORS as error:
                await self._store.close()
                raise StateError(f"history of {person} is not erased: {error}") from error
            self._flood_bound.forget(person)
            return self._pending.forget(person) + erased

    async def close(self, now: float) -> None:
        """Write what waits and let go of the database. May be called twice.

        A disk that does not answer costs `LAST_PATIENCE_SECONDS`, and the rows.
        """
        if self._store.is_open or self._pending:
            await self.flush(now, LAST_PATIENCE_SECONDS)
        self._is_closed = True
        if self.is_held_up:
            logger.error("the disk does not answer: rows of the history are lost")
            return
        if self._pending:
            logger.error("%d rows of the history are lost", self.pending_rows)
        async with self._lock:
            await self._store.close()

    async def _flush(self, now: float) -> None:
        async with self._lock:
            self._is_crowded.clear()
            try:
                await self._store.mend(now, partial(self._work_off, now))
            except DISK_ERRORS as error:
                await self._store.close()
                self._report(str(StateError(f"history is not written: {error}")))
            else:
                self._report("")
            finally:
                self.is_held_up = False

    async def _work_off(self, now: float) -> None:
        if self._is_doubted:
            self._is_doubted = False
            await self._store.check()
        if self._pending and self._is_time_known:
            batch = self._pending.take()
            try:
                await self._write(batch, now)
            except DISK_ERRORS:  # not when cancelled: the statement then still runs to its end
                self._pending.put_back(batch)
                raise
        await self._keep_only(now)

    async def _write(self, batch: Mapping[Key, Tally], now: float) -> None:
        try:
            await self._store.write(batch, now)
        except sqlite3.Error as error:
            if not database.is_full(error):
                raise
            await self._keep_only(now)  # what is old may make room
            await self._store.write(batch, now)

    async def _keep_only(self, now: float) -> None:
        kept = self._retention if self._is_time_known else _EVERYTHING
        await self._store.keep_only(kept, now - self._doubt_seconds)

    def _report(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            logger.error("%s; %d rows wait in memory", trouble, self.pending_rows)
        elif self.trouble and not trouble:
            logger.info("history is written again")
        self.trouble = trouble


_EVERYTHING: Final = Retention(keep_seconds=1 << 40, at_most_bytes=1 << 60)
