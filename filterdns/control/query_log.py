"""Reading the log of blocked queries, with what the workers have not sent up yet."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any, Final

from filterdns.config.nearest import cure
from filterdns.config.units import quoted, read_duration
from filterdns.control.running import RunningFilter
from filterdns.errors import ControlError, InvalidValue, StateError
from filterdns.history.query_log import Page, read

USUAL_ROWS: Final = 200
MOST_ROWS: Final = 100_000
FOLLOW_SECONDS: Final = 1.0
UNKNOWN: Final = "unknown"  # all devices that nobody has named


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of whom, of which category, seen in the last so many seconds (0: ever)."""

    who: str = ""
    category: str = ""
    since_seconds: int = 0
    limit: int = USUAL_ROWS

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> "Wanted":
        """Return what the parameters of a request ask for. Raises `ControlError`."""
        try:
            since = read_duration(texts["since"]) if texts.get("since") else 0
        except InvalidValue as error:
            raise ControlError(f"since: {error.message}; {error.cure}") from None
        limit = texts.get("limit", str(USUAL_ROWS))
        if not limit.isdecimal() or not 1 <= int(limit) <= MOST_ROWS:
            raise ControlError(f"limit: write a number from 1 to {MOST_ROWS}")
        return cls(texts.get("who", ""), texts.get("category", ""), since, int(limit))


async def read_log(running: RunningFilter, wanted: Wanted, after: int | None = None) -> Page:
    """Return the newest rows that are *wanted*, the newest last.

    With *after*, the cursor of a page, those that are new or have grown since. Raises `StateError`,
    and `ControlError` where nobody is, or ever was, called as *wanted* says.
    """
    await running.workers.flush()
    now = running.clock.now()
    await running.recorder.flush(now)
    try:
        page = await _read(running, wanted, now, after)
    except StateError:
        running.recorder.doubt()  # where it is broken it is begun anew
        await running.recorder.flush(now)
        page = await _read(running, wanted, now, after)
    if wanted.who and after is None and not page.rows:
        await _refuse_stranger(running, wanted.who)
    return page


async def follow_log(
    running: RunningFilter, wanted: Wanted, page: Page
) -> AsyncIterator[dict[str, Any]]:
    """Yield the rows of *page*, then each that comes or grows, until the filter ends."""
    while True:
        for row in page.rows:
            yield asdict(row)
        try:
            async with asyncio.timeout(FOLLOW_SECONDS):
                await running.is_over.wait()
            return
        except TimeoutError:
            page = await _read_on(running, wanted, page.cursor)


async def _read_on(running: RunningFilter, wanted: Wanted, cursor: int) -> Page:
    try:
        return await read_log(running, wanted, cursor)
    except StateError:
        return Page([], cursor)  # the disk may be well again when it is asked next


async def _read(running: RunningFilter, wanted: Wanted, now: float, after: int | None) -> Page:
    if running.recorder.is_held_up:
        raise StateError("history cannot be read: the disk does not answer")
    return await read(
        running.options.folders.history,
        since=now - wanted.since_seconds if wanted.since_seconds else None,
        who=wanted.who,
        category=wanted.category,
        limit=wanted.limit,
        after=after,
    )


async def _refuse_stranger(running: RunningFilter, who: str) -> None:
    """Raise `ControlError` unless *who* is in the config, an address, or in the log of old."""
    people = running.in_force.rules.ruleset.people
    known = {*people, *(device.name for each in people.values() for device in each.devices)}
    if who in known or who == UNKNOWN or _is_address(who):
        return
    if not (await read(running.options.folders.history, who=who, limit=1)).rows:
        raise ControlError(f"nobody is called {quoted(who)}; {cure(who, known)}")


def _is_address(text: str) -> bool:
    """Whether *text* is how a device without a name is called in the log."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
