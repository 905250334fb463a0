"""Moments as people write them after `--at`: `Fri 21:15`, `21:15`, `2026-12-24 21:15`, `now`.

A weekday means the same as under `expect:` in the config: the next one that is neither a holiday
nor the eve of one.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from filterdns.config.moments import YEARS, Moment, read_moment, unix_seconds
from filterdns.config.units import WEEKDAYS, quoted
from filterdns.errors import ControlError, InvalidValue


def read_at(text: str, zone: str, holidays: Sequence[tuple[int, int]], now: float) -> float:
    """Return the Unix seconds that *text* means on the clocks of *zone*, seen from *now*.

    A time alone is the next such moment; no text at all is now. Raises `InvalidValue`.
    """
    if text in ("", "now"):
        return now
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        return unix_seconds(_read(text), ZoneInfo(zone), holidays, now)
    if clock.tzinfo is not None:
        raise InvalidValue(f'"{text}" has an offset, but no date', "write the date, too")
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    moment = datetime.combine(today, clock, ZoneInfo(zone)).timestamp()
    if moment >= now:
        return moment
    return datetime.combine(today + timedelta(days=1), clock, ZoneInfo(zone)).timestamp()


def _read(text: str) -> Moment:
    try:
        return read_moment(text)
    except InvalidValue as error:
        cure = error.cure.replace(
            "Fri 21:59", "Fri 21:59, 21:59"
        )  # of today or tomorrow, here only
        raise InvalidValue(error.message, cure) from None


def read_day(text: str, today: date) -> date:
    """Return the day that *text* means, *today* if there is none. Raises `ControlError`."""
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ControlError(f"{quoted(text)} is no date; write it like 2026-12-21") from None
    if found.year not in YEARS:
        raise ControlError(f"{quoted(text)} is in a year that nobody means")
    return found


def write_at(moment: float, zone: str) -> str:
    """Return *moment* (Unix seconds) as weekday, date and time on the clocks of *zone*."""
    local = datetime.fromtimestamp(moment, ZoneInfo(zone))
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local:%Y-%m-%d %H:%M}"
