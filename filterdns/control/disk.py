"""How the disk does that holds the state: how much room it has, and whether it can be written.

A disk may take for ever to refuse. One thread looks at a time, and nobody waits for it.
"""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.control.amounts import size
from filterdns.tasks import Tasks

logger: Final = logging.getLogger(__name__)

LOOK_SECONDS: Final = 30.0  # each look writes a few bytes
LOOK_AGAIN_SECONDS: Final = 5.0  # while there is trouble
PATIENCE_SECONDS: Final = 2.0
LOW_BYTES: Final = 4 << 20  # less may be too little for the next index


class DiskState(NamedTuple):
    """The disk that holds *folder*; *trouble* says what is wrong with it, or is empty."""

    folder: str
    free_bytes: int = 0
    total_bytes: int = 0
    trouble: str = ""


class Disk:
    """The disk that holds *folder*; *state* is what the last look has shown."""

    def __init__(self, folder: Path) -> None:
        self.state = DiskState(str(folder))
        self._folder = folder
        self._tasks = Tasks()
        self._looking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_AGAIN_SECONDS if self.state.trouble else LOOK_SECONDS)

    async def look(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Bring *state* up to date, or say in it that the disk has not answered in time."""
        if self._looking is None or self._looking.done():
            self._looking = self._tasks.spawn(self._look())
        await asyncio.wait({self._looking}, timeout=patience_seconds)
        if not self._looking.done():
            self._take(self.state._replace(trouble="it does not answer"))

    async def _look(self) -> None:
        self._take(await asyncio.to_thread(_read_state, self._folder))

    def _take(self, state: DiskState) -> None:
        before, self.state = self.state, state
        if state.trouble and state.trouble != before.trouble:
            logger.error("the disk of %s: %s", state.folder, state.trouble)
        elif before.trouble and not state.trouble:
            logger.info("the disk of %s is well again", state.folder)


def _read_state(folder: Path) -> DiskState:
    try:
        found = os.statvfs(folder)
        free_bytes = found.f_bavail * found.f_frsize
        state = DiskState(str(folder), free_bytes, found.f_blocks * found.f_frsize)
        os.utime(folder)  # the least that can be written; what is read only, refuses it
    except OSError as error:
        return DiskState(str(folder), trouble=f"it cannot be written: {error.strerror}")
    if free_bytes < LOW_BYTES:
        return state._replace(trouble=f"it is full, {size(free_bytes)} are free")
    return state
