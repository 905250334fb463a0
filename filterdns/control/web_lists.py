"""Lists from the web: fetched when it is time to, and where their copies are."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from filterdns.blocklists.armory import identity_of
from filterdns.blocklists.fetching.copies import Copies, Copy, forget_all_but, remove_unused_texts
from filterdns.blocklists.fetching.job import (
    Fetched,
    FetchJob,
    FetchProgress,
    NameServer,
    WebSource,
)
from filterdns.blocklists.job import Progress
from filterdns.config.compile import Meaning, RefreshSettings
from filterdns.control.fetching import run_fetch
from filterdns.control.refresh import build_lists
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import sealed_reports
from filterdns.errors import BlocklistError, FilterdnsError

logger: Final = logging.getLogger(__name__)

POPULARITY: Final = "popularity"  # the name of the ranked list, which belongs to no category
LOOK_SECONDS: Final = 60.0
FIRST_LOOK_SECONDS: Final = 1.0

TellUpdate = Callable[[FetchProgress | Fetched | Progress], None]


def web_sources(meaning: Meaning) -> tuple[WebSource, ...]:
    """Return what is to be fetched for the config that *meaning* is of."""
    sources = [
        WebSource(spec.category, spec.name, spec.url, spec.sha256)
        for spec in meaning.sources
        if spec.url
    ]
    refresh = meaning.refresh
    if refresh.popularity_url:
        sources.append(WebSource("", POPULARITY, refresh.popularity_url, refresh.popularity_sha256))
    return tuple(sources)


async def update_lists(
    running: RunningFilter,
    tell: TellUpdate = lambda _: None,
    *,
    force: bool = False,
    only_due: bool = False,
) -> list[Fetched]:
    """Fetch the lists from the web and build what came; return what became of each.

    Whatever fails keeps its last copy. *force*: also ask servers that are to be left alone for a
    while. *only_due*: those that have been looked at lately are left out. Raises `BlocklistError`
    or `StateError`; the lists in force stay then.
    """
    async with running.fetching:
        meaning = running.in_force.rules.compiled
        sources = await asyncio.to_thread(due, running) if only_due else web_sources(meaning)
        folder = running.lists.web_folder
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        job = FetchJob(
            sources=sources,
            folder=folder,
            upstreams=tuple(
                NameServer(each.host, each.port, each.transport) for each in meaning.upstreams
            ),
            allow_private=meaning.refresh.allow_private,
            force=force,
        )
        await asyncio.to_thread(_note_armed, running)
        fetched = await run_fetch(job, tell) if sources else []
        await build_lists(running, tell)
        await asyncio.to_thread(_note_armed, running)
        urls = [source.url for source in web_sources(meaning)]
        await asyncio.to_thread(_tidy, folder, urls)
        return fetched


async def keep_fresh(running: RunningFilter) -> None:
    """Update the lists whenever one of them is due, for ever. The log tells what fails."""
    delay = FIRST_LOOK_SECONDS
    while True:
        await asyncio.sleep(delay)
        delay = LOOK_SECONDS
        try:
            if await asyncio.to_thread(due, running):
                await update_lists(running, only_due=True)
        except FilterdnsError as error:
            logger.warning("lists are not updated: %s", error)


def due(running: RunningFilter) -> tuple[WebSource, ...]:
    """Return the lists that nobody has looked at for as long as the config says, or never."""
    meaning, now = running.in_force.rules.compiled, time.time()
    copies = Copies(running.lists.web_folder)
    return tuple(
        source
        for source in web_sources(meaning)
        if is_due(copies.of(source.url), meaning.refresh, now)
    )


def is_due(copy: Copy, refresh: RefreshSettings, now: float) -> bool:
    """Whether the list of *copy* is to be asked for at *now*; a clock set back makes it so."""
    if copy.failures:
        return now >= copy.next_try_at
    return not copy.checked_at <= now < copy.checked_at + refresh.every_seconds


def _note_armed(running: RunningFilter) -> None:
    """Note which sealed lists are armed: their texts are gone, and need not be fetched again.

    One that is not, because somebody removed it or its copy was no good, is fetched whole.
    """
    copies = Copies(running.lists.web_folder)
    armed = running.lists.armory.identities()
    failed = {each.name for each in sealed_reports(running) if each.error}
    for spec in running.in_force.rules.compiled.sources:
        if spec.url and spec.is_sealed:
            is_armed = identity_of(spec) in armed and spec.name not in failed
            try:
                copies.take(spec.url, is_armed=is_armed)
            except BlocklistError as error:
                logger.warning("%s", error)


def _tidy(folder: Path, urls: Sequence[str]) -> None:
    try:
        forget_all_but(folder, urls)
        remove_unused_texts(folder)
    except BlocklistError as error:
        logger.warning("%s", error)
