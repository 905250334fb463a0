"""How it is with the calendars of a config: for `status`, its troubles, and for `check`."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from filterdns.calendars.occurrences import last_day
from filterdns.calendars.source import CalendarSource
from filterdns.config.compile import Compiled, Meaning
from filterdns.config.places import Place
from filterdns.config.units import quoted
from filterdns.control.calendars import Calendars, Known
from filterdns.errors import Problem

SOON_DAYS: Final = 28


def describe_calendars(meaning: Meaning, calendars: Calendars) -> list[dict[str, Any]]:
    """Return each calendar of *meaning* and what there is of it as plain values for JSON."""
    return [_describe(source, calendars.known(source)) for source in meaning.calendars.sources]


def troubles_of_calendars(meaning: Meaning, calendars: Calendars) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a calendar of *meaning*, and what to do about it."""
    for source in meaning.calendars.sources:
        known = calendars.known(source)
        if not known.trouble:
            continue
        stays = "what was read last stays" if known.read else "it counts as empty"
        cure = "it is fetched again by itself" if source.url else "put it right"
        yield f"calendar {source.name}: {known.trouble}", f"{stays}; {cure}"


def doubts_about_calendars(
    compiled: Compiled, calendars: Calendars, now: float
) -> Iterator[Problem]:
    """Yield, with its place in the config, each calendar that says nothing, or nothing for long.

    *now* is Unix seconds. One that has not been fetched yet is none of them.
    """
    today = datetime.fromtimestamp(now, ZoneInfo(compiled.ruleset.timezone)).toordinal()
    for source in compiled.calendars.sources:
        doubt = _doubt(calendars.known(source), source, today)
        if doubt:
            message = f"the calendar {quoted(source.name)} {doubt[0]}"
            yield Problem(*Place.from_text(source.where), source.key, message, doubt[1])


def _doubt(known: Known, source: CalendarSource, today: int) -> tuple[str, str] | None:
    if known.read is None:
        return None
    occurrences = known.read.occurrences
    if occurrences.doubt:
        return f"is odd: {occurrences.doubt}", "ask who publishes it, or write the dates"
    last = last_day(occurrences)
    if last is None and source.summaries and occurrences.found:
        patterns = " or ".join(map(quoted, source.summaries))
        cure = "check the pattern; * stands for anything"
        return f"has no event to come with a summary like {patterns}", cure
    if last is None or last < today:
        return "has no day to come", "put a new one in its place"
    if last < today + SOON_DAYS:
        text = date.fromordinal(last).isoformat()
        return f"ends soon: its last day is {text}", "put a new one in its place"
    return None


def _describe(source: CalendarSource, known: Known) -> dict[str, Any]:
    read, copy = known.read, known.copy
    last = last_day(read.occurrences) if read is not None else None
    found: dict[str, Any] = {
        "name": source.name,
        "key": source.key,
        "where": source.where,
        "read_at": read.at if read is not None else None,
        "dates": read.occurrences.taken if read is not None else 0,
        "last_day": date.fromordinal(last).isoformat() if last is not None else None,
        "doubt": read.occurrences.doubt if read is not None else "",
        "trouble": known.trouble,
    }
    if copy is not None:
        found |= {"fetched_at": copy.fetched_at, "checked_at": copy.checked_at}
        found |= {"next_try_at": copy.next_try_at}
    return found
