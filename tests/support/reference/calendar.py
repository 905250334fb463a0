"""When a schedule is on: the clock on the wall is read, and looked up in the lines.

docs/policy.md, "Schedules": the end is exclusive; the day on which a window starts owns it; a date
comes before holidays, those before weekdays; `holidays` means for a window that crosses midnight
that the following day is a holiday, for one inside a day that day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

Lines = Mapping[str, str]
"""The lines of a schedule as written: `{sun-thu: "20:30-06:30"}`."""

MINUTE = 60
DAY = timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_on(lines: Sequence[Lines], zone: str, holidays: Sequence[str], now: float) -> bool:
    """Whether a schedule is on at *now* (Unix seconds) on the clocks of *zone*.

    *lines* are those of the person, if any, and those of the schedule: the first that speaks wins.
    """
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    today, minute = local.date(), local.hour * 60 + local.minute
    for start, end in _windows(_line(lines, today, holidays, crosses=False)):
        if start < end and start <= minute < end:
            return True
    for start, end in _windows(_line(lines, today, holidays, crosses=True)):
        if end <= start <= minute:
            return True
    for start, end in _windows(_line(lines, today - DAY, holidays, crosses=True)):
        if minute < end <= start:
            return True
    return False


def is_on_in_week(lines: Sequence[Lines], zone: str, holidays: Sequence[str], now: float) -> bool:
    """Whether it is on at any minute of the seven days from the local day of *now* on."""
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    first = datetime(today.year, today.month, today.day, tzinfo=ZoneInfo(zone)).timestamp()
    minutes = range(7 * 24 * 60)
    return any(is_on(lines, zone, holidays, first + minute * MINUTE) for minute in minutes)


def _line(lines: Sequence[Lines], day: date, holidays: Sequence[str], *, crosses: bool) -> str:
    """Return the line that owns *day* for windows that do, or do not, cross midnight."""
    for each in lines:
        for key, text in each.items():
            if key[0].isdigit() and _holds(key, day):
                return text
    free_day = day + DAY if crosses else day
    if any(_holds(each, free_day) for each in holidays):
        for each in lines:
            if "holidays" in each:
                return each["holidays"]
    for each in lines:
        for key, text in each.items():
            names_days = key[0].isalpha() and key not in ("daily", "holidays")
            if names_days and day.weekday() in _weekdays(key):
                return text
        if "daily" in each:
            return each["daily"]
    return "never"


def _holds(dates: str, day: date) -> bool:
    """Whether `2026-12-24` or `2026-12-21..2027-01-03` holds *day*."""
    first, _, last = dates.partition("..")
    return first <= day.isoformat() <= (last or first)


def _weekdays(key: str) -> Iterator[int]:
    """Yield the days of `fri`, `sun-thu` or `fri, sat`, Monday being 0."""
    for part in key.split(","):
        first, _, last = part.strip().partition("-")
        day = _WEEKDAYS.index(first)
        yield day
        while day != _WEEKDAYS.index(last or first):
            day = (day + 1) % 7
            yield day


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) in minutes of the day; an end before the start is on the next day."""
    if text == "never":
        return
    if text == "always":
        text = "00:00-24:00"
    for part in text.split(","):
        start, end = part.strip().split("-")
        yield _minutes(start), _minutes(end) or 24 * 60


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
