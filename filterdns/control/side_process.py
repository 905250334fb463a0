"""A process of ours beside this one: it gets one job, and says line by line how that goes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from filterdns.errors import BlocklistError

NICENESS: Final = 10  # what is done beside has time; answers have none
KILL_SECONDS: Final = 1.0
MAX_LINE_BYTES: Final = 1 << 26  # the report of a build lists every source


class SideProcess:
    """A process that has its job. *name* is what it is called in errors, such as `the build`.

    One that says nothing for *silence_seconds* is given up.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, name: str, silence_seconds: float
    ) -> None:
        self._process = process
        self._name = name
        self._silence_seconds = silence_seconds

    async def line(self) -> bytes:
        """Return what it says next, nothing at its end. Raises `BlocklistError` if it is silent."""
        assert self._process.stdout is not None
        try:
            return await asyncio.wait_for(self._process.stdout.readline(), self._silence_seconds)
        except TimeoutError:
            raise BlocklistError(
                f"{self._name} has not moved for {self._silence_seconds:.0f} s and is given up;"
                " see to the disk"
            ) from None

    async def code(self) -> int:
        """Return what it ended with."""
        return await self._process.wait()


@asynccontextmanager
async def side_process(
    module: str, job: str, name: str, silence_seconds: float
) -> AsyncIterator[SideProcess]:
    """Run *module* with *job* on its standard input until the block ends; then it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_LINE_BYTES,
        process_group=0,
    )
    try:
        with suppress(OSError):  # a sandbox may forbid it, and the process may have ended
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        assert process.stdin is not None
        with suppress(ConnectionError):
            process.stdin.write(job.encode())
            await process.stdin.drain()
        process.stdin.close()
        yield SideProcess(process, name, silence_seconds)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # process.kill() would reap one that has ended
        with suppress(TimeoutError):  # one that waits for a disk cannot be killed
            await asyncio.wait_for(process.wait(), KILL_SECONDS)
