"""Calendars kept up to date: fetched when it is time to, read when they change, and put in force.

A day comes nearer by itself: each month a calendar is read for three years on.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from filterdns.blocklists.fetching.copies import Copies, forget_all_but, remove_unused_texts
from filterdns.blocklists.fetching.job import FetchJob, NameServer, WebSource
from filterdns.blocklists.fetching.limits import DEFAULT_LIMITS
from filterdns.calendars.reading import MAX_BYTES
from filterdns.control.fetching import run_fetch
from filterdns.control.running import RunningFilter
from filterdns.control.web_lists import is_due
from filterdns.errors import BlocklistError, FilterdnsError

logger: Final = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0
FIRST_LOOK_SECONDS: Final = 1.0
CATEGORY: Final = "calendar"


async def follow_calendars(running: RunningFilter) -> None:
    """Look at the calendars every few seconds until cancelled. The log tells what fails."""
    delay = FIRST_LOOK_SECONDS
    told, is_stale = "", True
    while True:
        await asyncio.sleep(delay)
        delay, trouble = LOOK_SECONDS, ""
        try:
            await look_at_calendars(running, is_stale=is_stale)
            is_stale = False
        except FilterdnsError as error:
            trouble, is_stale = str(error), True
        if trouble and trouble != told:
            logger.warning("calendars are not up to date: %s", trouble)
        told = trouble


async def look_at_calendars(running: RunningFilter, *, is_stale: bool = True) -> None:
    """Fetch what is due, read what has changed, and put it in force.

    *is_stale*: what is in force may not be what was read. Raises `BlocklistError` or `StateError`:
    what was in force stays so.
    """
    sources = running.in_force.rules.compiled.calendars.sources
    if not sources:
        return
    urls = sorted({source.url for source in sources if source.url})
    if urls:
        await _fetch(running, await asyncio.to_thread(_due, running, urls))
        await asyncio.to_thread(_tidy, running.calendars.web_folder, urls)
    # Reading takes seconds, and a reload is not to wait for it.
    if not await asyncio.to_thread(running.calendars.look, sources) and not is_stale:
        return
    async with running.changes:
        compiled = running.in_force.rules.compiled
        await asyncio.to_thread(running.calendars.forget_all_but, compiled.calendars.sources)
        laid_in = running.calendars.lay_in(compiled)
        if laid_in.ruleset != compiled.ruleset:
            await running.in_force.replace(laid_in, running.in_force.rules.index)
            logger.info("calendars have changed: their days are in force")


def _due(running: RunningFilter, urls: Sequence[str]) -> list[str]:
    """Return those of *urls* that nobody has looked at for as long as the config says, or never."""
    meaning, folder = running.in_force.rules.compiled, running.calendars.web_folder
    assert folder is not None
    copies = Copies(folder)
    # By the clock of the process that fetches, which no test moves.
    return [url for url in urls if is_due(copies.of(url), meaning.refresh, time.time())]


async def _fetch(running: RunningFilter, urls: Sequence[str]) -> None:
    folder = running.calendars.web_folder
    if not urls or folder is None:
        return
    meaning = running.in_force.rules.compiled
    job = FetchJob(
        sources=tuple(WebSource(CATEGORY, url, url) for url in urls),
        folder=folder,
        upstreams=tuple(
            NameServer(each.host, each.port, each.transport) for each in meaning.upstreams
        ),
        allow_private=meaning.refresh.allow_private,
        limits=DEFAULT_LIMITS._replace(max_bytes=MAX_BYTES),
    )
    await run_fetch(job)


def _tidy(folder: Path | None, urls: Sequence[str]) -> None:
    if folder is None or not folder.is_dir():
        return
    try:
        forget_all_but(folder, urls)
        remove_unused_texts(folder)
    except BlocklistError as error:
        logger.warning("%s", error)
