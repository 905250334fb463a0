"""Fetching lists from the web, in a process of its own, and what came of it."""

from collections.abc import Callable
from typing import Final

from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    from_line,
)
from filterdns.control.side_process import side_process
from filterdns.errors import BlocklistError

TellFetch = Callable[[FetchProgress | Fetched], None]

SILENCE_SECONDS: Final = 60.0  # it shows every few seconds that it lives, however slow a server is


async def run_fetch(
    job: FetchJob, tell: TellFetch = lambda _: None, silence_seconds: float = SILENCE_SECONDS
) -> list[Fetched]:
    """Fetch the sources of *job* by a process of its own; return what became of each.

    *tell* hears of progress and of each source when it is there. Cancelled, it ends the process;
    nothing half fetched counts. Raises `BlocklistError` when the process fails or says nothing for
    *silence_seconds*; sources that it told of before have their copies all the same.
    """
    fetched: list[Fetched] = []
    async with side_process(
        "filterdns.blocklists.fetch", job.to_json(), "the fetch", silence_seconds
    ) as process:
        while line := await process.line():
            said = from_line(line)
            if isinstance(said, Done):
                return fetched
            if isinstance(said, Fetched):
                fetched.append(said)
            tell(said)
        code = await process.code()
    raise BlocklistError(f"the fetch ended with {code} after {len(fetched)} of its lists")
