"""Moments as people name them: `Fri 21:59`, `2026-12-24 21:59`."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.config.units import WEEKDAYS, quoted, read_time
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import MINUTES_PER_DAY
from filterdns.policy.schedule import is_holiday

FARTHEST_DAYS: Final = 731
YEARS: Final = range(1970, 2200)  # weeks are counted around a moment: far from where dates end


class Moment(NamedTuple):
    """A date with a time, or a *minute* of the local day on the next plain *weekday* (Monday 0)."""

    at: datetime | None
    weekday: int = 0
    minute: int = 0


def read_moment(text: str) -> Moment:
    """Return the moment that *text* means; raises `InvalidValue`."""
    moment = _read(text.strip())
    if moment is None:
        message = f"{quoted(text)} is no moment"
        raise InvalidValue(message, "write it like Fri 21:59, 2026-12-24 21:59")
    if moment.at is not None and moment.at.year not in YEARS:
        message = f"{quoted(text)} is in a year that nobody means"
        raise InvalidValue(message, f"write a year from {YEARS[0]} to {YEARS[-1]}")
    return moment


def unix_seconds(
    moment: Moment, zone: ZoneInfo, holidays: Sequence[tuple[int, int]], now: float
) -> float:
    """Return when *moment* is, in Unix seconds; a time without a zone is one in *zone*.

    A weekday is the next one from *now* on that is neither a holiday nor the eve of one. Raises
    `InvalidValue` where the next two years have none.
    """
    if moment.at is not None:
        at = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=zone)
        return at.timestamp()
    today = datetime.fromtimestamp(now, zone).toordinal()
    for day in range(today, today + FARTHEST_DAYS):
        if (day - 1) % 7 != moment.weekday:  # proleptic ordinal 1 is a Monday
            continue
        if is_holiday(day, holidays) or is_holiday(day + 1, holidays):
            continue
        clock = time(*divmod(moment.minute, 60))
        seconds = datetime.combine(date.fromordinal(day), clock, zone).timestamp()
        if seconds >= now:
            return seconds
    name = WEEKDAYS[moment.weekday]
    raise InvalidValue(
        f"every {name} of the next two years is a holiday or the eve of one", "write a date"
    )


def _read(text: str) -> Moment | None:
    day, _, time_text = text.partition(" ")
    word = day.lower()[:3]
    try:
        if day.isalpha() and word in WEEKDAYS:
            minute = read_time(time_text.strip())
            return Moment(None, WEEKDAYS.index(word), minute) if minute < MINUTES_PER_DAY else None
        if len(text) > len("2026-12-24"):
            return Moment(datetime.fromisoformat(text))
    except ValueError:
        pass
    return None
