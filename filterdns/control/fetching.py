"""Fetching lists from the web, in a process of its own, and what came of it."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    from_line,
)
from filterdns.errors import BlocklistError

TellFetch = Callable[[FetchProgress | Fetched], None]

NICENESS: Final = 10
SILENCE_SECONDS: Final = 60.0  # it shows every few seconds that it lives, however slow a server is
KILL_SECONDS: Final = 1.0


async def run_fetch(
    job: FetchJob, tell: TellFetch = lambda _: None, silence_seconds: float = SILENCE_SECONDS
) -> list[Fetched]:
    """Fetch the sources of *job* by a process of its own; return what became of each.

    *tell* hears of progress and of each source when it is there. Cancelled, it ends the process;
    nothing half fetched counts. Raises `BlocklistError` when the process fails or says nothing for
    *silence_seconds*; sources that it told of before have their copies all the same.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "filterdns.blocklists.fetch"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        process_group=0,
    )
    try:
        with suppress(OSError):  # a sandbox may forbid it, and the process may have ended
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        return await _converse(process, job, tell, silence_seconds)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):  # one that waits for a disk cannot be killed
            await asyncio.wait_for(process.wait(), KILL_SECONDS)


async def _converse(
    process: asyncio.subprocess.Process, job: FetchJob, tell: TellFetch, silence_seconds: float
) -> list[Fetched]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(job.to_json().encode())
        await process.stdin.drain()
    process.stdin.close()
    fetched: list[Fetched] = []
    while line := await _next_line(process.stdout, silence_seconds):
        said = from_line(line)
        if isinstance(said, Done):
            return fetched
        if isinstance(said, Fetched):
            fetched.append(said)
        tell(said)
    code = await process.wait()
    raise BlocklistError(f"the fetch ended with {code} after {len(fetched)} of its lists")


async def _next_line(said: asyncio.StreamReader, silence_seconds: float) -> bytes:
    try:
        return await asyncio.wait_for(said.readline(), silence_seconds)
    except TimeoutError:
        raise BlocklistError(
            f"the fetch has not moved for {silence_seconds:.0f} s and is given up; see to the disk"
        ) from None
