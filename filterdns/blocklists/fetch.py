"""Fetches lists from the web in a process of its own: `python -m filterdns.blocklists.fetch`.

What it reads and says is in `fetching/job.py`. What comes from the web is read by nobody else
before it is whole, checked and named.
"""

import asyncio
import os
import sys
from time import monotonic
from typing import Final

from filterdns.blocklists.fetching.job import (
    FetchJob,
    FetchProgress,
    Said,
    to_line,
)
from filterdns.blocklists.fetching.run import fetch_all
from filterdns.errors import BlocklistError
from filterdns.priority import BUILDING, give_way

SIGN_OF_LIFE_SECONDS: Final = 5.0
PROGRESS_SECONDS: Final = 0.2


def main() -> int:
    """Do the job on standard input, tell of it on standard output, return the exit code."""
    give_way(BUILDING)
    teller = Teller()
    try:
        job = FetchJob.from_json(sys.stdin.buffer.read())
        asyncio.run(_fetch(job, teller))
    except BlocklistError as error:
        teller.write(to_line(error))
        return 1
    except NobodyListens:
        # What is left is not to be written at the exit, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


class NobodyListens(Exception):
    """Whoever wanted the lists has ended. No `OSError`, which would count as one of the disk."""


class Teller:
    """Tells what happens on standard output: of progress, no more than anybody can look at."""

    def __init__(self) -> None:
        self._last: FetchProgress = FetchProgress("", 0, 0)
        self._told_at = 0.0

    def say(self, said: Said) -> None:
        """Write *said*, unless it is progress and the last of it was just now."""
        if isinstance(said, FetchProgress):
            self._last = said
            if monotonic() - self._told_at < PROGRESS_SECONDS:
                return
        self.write(to_line(said))

    def show_life(self) -> None:
        """Write the last progress again: what is slow is the server, not this process."""
        self.write(to_line(self._last))

    def write(self, line: str) -> None:
        """Write *line*. Raises `NobodyListens`."""
        self._told_at = monotonic()
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise NobodyListens from None


async def _fetch(job: FetchJob, teller: Teller) -> None:
    showing = asyncio.ensure_future(_show_life(teller))
    fetching = asyncio.ensure_future(fetch_all(job, teller.say))
    done, waiting = await asyncio.wait((showing, fetching), return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for each in done:
        each.result()


async def _show_life(teller: Teller) -> None:
    while True:
        await asyncio.sleep(SIGN_OF_LIFE_SECONDS)
        teller.show_life()


if __name__ == "__main__":
    sys.exit(main())
