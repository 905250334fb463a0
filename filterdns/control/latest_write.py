"""Writing the newest of something, however slow the disk is."""

import asyncio
from collections.abc import Callable
from typing import Final

from filterdns.tasks import Tasks

PATIENCE_SECONDS: Final = 2.0


class LatestWrite:
    """One place on disk where only the newest counts: what is named over meanwhile is not written.

    At most one thread is held up by the disk; *tasks* keep who waits for it.
    """

    def __init__(self, tasks: Tasks, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._tasks = tasks
        self._patience_seconds = patience_seconds
        self._wanted: Callable[[], None] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def write(self, do: Callable[[], None]) -> bool:
        """Have *do* called in a thread; whether it was done within *patience_seconds*.

        Where the disk takes longer it is done as soon as the disk lets it, unless something newer
        is to be written by then.
        """
        self._wanted = do
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.spawn(self._write_wanted())
        await asyncio.wait({self._writing}, timeout=self._patience_seconds)
        return self._writing.done()

    async def _write_wanted(self) -> None:
        while (do := self._wanted) is not None:
            self._wanted = None
            await asyncio.to_thread(do)
