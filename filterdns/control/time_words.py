"""Spans of time as people say them: `Mon-Thu 19:30-20:30`, `Thu 2026-12-24 20:00-22:00`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.policy.difference import Span

ALWAYS: Final = "at all times"
WHENEVER: Final = "whenever not everything is closed"
MOST_TOLD: Final = 3

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class WeekTime(NamedTuple):
    """A stretch of the week: the weekday on which it begins (Monday 0), and its clock times."""

    weekday: int
    clock: str


def week_times(spans: Iterable[Span], zone: ZoneInfo) -> list[WeekTime]:
    """Return when in the week *spans* are, in the order given."""
    return [_week_time(span, zone) for span in spans]


def week_words(times: Iterable[WeekTime]) -> str:
    """Return *times* by the clock: days with the same hours are told together."""
    days_by_clock: dict[str, set[int]] = {}
    for time in times:
        days_by_clock.setdefault(time.clock, set()).add(time.weekday)
    in_order = sorted(days_by_clock.items(), key=lambda item: (min(item[1]), item[0]))
    return ", ".join(f"{_day_words(days)} {clock}" for clock, days in in_order)


def date_words(spans: Sequence[Span], zone: ZoneInfo) -> str:
    """Return *spans* with their dates, the first few of many."""
    told = []
    for start, end in spans[:MOST_TOLD]:
        day = datetime.fromtimestamp(start, zone)
        told.append(f"{_DAYS[day.weekday()]} {day:%Y-%m-%d} {_clock((start, end), zone)}")
    if len(spans) > MOST_TOLD:
        told.append(f"{len(spans) - MOST_TOLD} more")
    return ", ".join(told)


def _week_time(span: Span, zone: ZoneInfo) -> WeekTime:
    return WeekTime(datetime.fromtimestamp(span[0], zone).weekday(), _clock(span, zone))


def _clock(span: Span, zone: ZoneInfo) -> str:
    start, end = (datetime.fromtimestamp(moment, zone) for moment in span)
    until = "24:00" if end.date() > start.date() and f"{end:%H:%M}" == "00:00" else f"{end:%H:%M}"
    days = (end.date() - start.date()) - timedelta(days=until == "24:00")
    later = f" {_DAYS[end.weekday()]}" if days > timedelta(days=1) else ""
    return f"{start:%H:%M}-{until}{later}"


def _day_words(days: set[int]) -> str:
    """Return `Mon-Thu`, `Fri, Sat`, `Sun-Thu` or `every day` for weekdays (Monday 0)."""
    if len(days) == len(_DAYS):
        return "every day"
    runs = []
    for first in sorted(days):
        if (first - 1) % 7 in days:
            continue  # it goes on from the day before, round the end of the week as well
        last = first
        while (last + 1) % 7 in days:
            last = (last + 1) % 7
        runs.append((first, last))
    return ", ".join(_run_words(first, last) for first, last in runs)


def _run_words(first: int, last: int) -> str:
    if first == last:
        return _DAYS[first]
    sign = ", " if (first + 1) % 7 == last else "-"
    return f"{_DAYS[first]}{sign}{_DAYS[last]}"
