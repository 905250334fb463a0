"""When a schedule is on: windows of the local day turned into stretches of Unix time.

1. The day on which a window starts owns it, the night after included.
2. A date of the schedule comes before its holidays, and those before its weekdays.
3. `holidays` means for a window that crosses midnight that the *following* day is a holiday: the
   last night of the holidays is a school night, the eve of a holiday is none. For a window inside
   a day it means that day.
4. A window is on at every moment whose local clock shows a time inside it, the end exclusive. So a
   start that does not exist is the next time that does, and a repeated hour counts in both passes.
5. Events of calendars come on top: they neither replace the windows of their day nor end them.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from heapq import merge
from itertools import islice, takewhile
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.policy.ruleset import MINUTES_PER_DAY, Schedule, Window

SECONDS_PER_DAY: Final = 24 * 60 * 60
SECONDS_PER_WEEK: Final = 7 * SECONDS_PER_DAY


class Stretch(NamedTuple):
    """How long a schedule has been on or off and will be, in Unix seconds, *until* exclusive.

    Both ends are changes, or the edge of what was looked at: whole weeks of Unix time, at least one
    back and at least one ahead. The edges do not depend on the moment inside the week.
    """

    is_on: bool
    since: float
    until: float


def is_on(schedule: Schedule, zone: str, holidays: Sequence[tuple[int, int]], now: float) -> bool:
    """Whether *schedule* is on at *now* (Unix seconds) for a person in the IANA *zone*."""
    return stretch(schedule, zone, holidays, now).is_on


def stretch(
    schedule: Schedule, zone: str, holidays: Sequence[tuple[int, int]], now: float
) -> Stretch:
    """Return the stretch around *now* (Unix seconds) in which *schedule* does not change.

    *holidays* are inclusive ranges of proleptic ordinals. Windows that touch are one stretch.
    """
    week = int(now // SECONDS_PER_WEEK)
    earliest = (week - 1) * SECONDS_PER_WEEK
    latest = (week + 2) * SECONDS_PER_WEEK
    since = earliest
    intervals = _intervals(schedule, ZoneInfo(zone), holidays, earliest, latest)
    for start, end in _merge(intervals):
        if now < start:
            return Stretch(False, since, start)
        if now < end:
            return Stretch(True, start, end)
        since = end
    return Stretch(False, since, latest)


def stretches_on(
    schedule: Schedule, zone: str, holidays: Sequence[tuple[int, int]], start: int, end: int
) -> list[tuple[int, int]]:
    """Return when *schedule* is on from *start* until before *end* (Unix seconds), cut there.

    Windows that touch are one stretch.
    """
    days = -((start - end) // SECONDS_PER_DAY)
    intervals = _intervals(
        schedule, ZoneInfo(zone), holidays, start, start + days * SECONDS_PER_DAY
    )
    return [(begin, min(stop, end)) for begin, stop in _merge(intervals) if begin < end]


def is_on_within_a_week(
    schedule: Schedule, zone: str, holidays: Sequence[tuple[int, int]], start: float
) -> bool:
    """Whether *schedule* is on at any moment of the week from *start* (Unix seconds) on."""
    first = stretch(schedule, zone, holidays, start)
    # What follows a stretch that is off is one that is on, or the edge, which is further away.
    return first.is_on or first.until < start + SECONDS_PER_WEEK


def local_day(zone: str, now: float) -> tuple[float, float]:
    """Return when the day of *now* (Unix seconds) begins on the clocks of *zone*, and the next."""
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    begin, end = (
        datetime.combine(date.fromordinal(day), time.min, ZoneInfo(zone)).timestamp()
        for day in (today.toordinal(), today.toordinal() + 1)
    )
    return begin, end


def is_holiday(day: int, holidays: Sequence[tuple[int, int]]) -> bool:
    """Whether the proleptic ordinal *day* lies in one of the inclusive ranges."""
    return any(first <= day <= last for first, last in holidays)


def _merge(intervals: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join what touches or overlaps in *intervals*, which come in the order of their starts."""
    current = next(intervals, None)
    if current is None:
        return
    start, end = current
    for next_start, next_end in intervals:
        if next_start > end:
            yield start, end
            start, end = next_start, next_end
        elif next_end > end:
            end = next_end
    yield start, end


def _intervals(
    schedule: Schedule,
    zone: ZoneInfo,
    holidays: Sequence[tuple[int, int]],
    earliest: int,
    latest: int,
) -> Iterator[tuple[int, int]]:
    """Yield when *schedule* is on, in the order of the starts, clipped to the given seconds.

    Where the offset from UTC is constant, local time is a plain sum. A window that an offset change
    cuts is met on both sides of it, which is rule 4.
    """
    for piece_start, piece_end, offset in _offsets(zone, earliest, latest):
        first_day = _day_at(piece_start + offset) - 1
        last_day = _day_at(piece_end + offset)
        windows = _window_spans(schedule, range(first_day, last_day + 1), holidays)
        events = _near(schedule.local_events, piece_start + offset, piece_end + offset)
        local = ((start - offset, end - offset) for start, end in merge(windows, events))
        absolute = _near(schedule.events, piece_start, piece_end)
        for span_start, span_end in merge(local, absolute):
            start, end = max(span_start, piece_start), min(span_end, piece_end)
            if start < end:
                yield start, end


def _window_spans(
    schedule: Schedule, days: range, holidays: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the windows of *days* in seconds since 1970 on the local clocks, in order."""
    for day in days:
        midnight = (day - _EPOCH_DAY) * SECONDS_PER_DAY
        for window in sorted(_windows_of_day(schedule, day, holidays)):
            end_minute = window.end_minute
            if window.crosses_midnight:
                end_minute += MINUTES_PER_DAY
            yield midnight + window.start_minute * 60, midnight + end_minute * 60


def _near(events: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return those of *events* that may reach into the seconds from *start* until before *end*."""
    first = max(0, bisect_right(events, (start,)) - 1)
    return takewhile(lambda event: event[0] < end, islice(events, first, None))


def _windows_of_day(
    schedule: Schedule, day: int, holidays: Sequence[tuple[int, int]]
) -> Sequence[Window]:
    """Return the windows that start on *day*: rules 1 to 3."""
    if schedule.dates:
        dated = schedule.dates.get(date.fromordinal(day).isoformat())
        if dated is not None:
            return dated
    weekday = schedule.weekdays[(day - 1) % 7]  # proleptic ordinal 1 is a Monday
    if schedule.holidays is None:
        return weekday
    inside = schedule.holidays if is_holiday(day, holidays) else weekday
    overnight = schedule.holidays if is_holiday(day + 1, holidays) else weekday
    if inside is overnight:
        return inside
    return [window for window in inside if not window.crosses_midnight] + [
        window for window in overnight if window.crosses_midnight
    ]


def _offsets(zone: ZoneInfo, earliest: int, latest: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, seconds east of UTC) for each piece with one offset.

    Looks once a day: since 1970 no zone has had two changes within six days.
    """
    start, offset = earliest, _offset_at(zone, earliest)
    for seen in range(earliest, latest, SECONDS_PER_DAY):
        later_offset = _offset_at(zone, seen + SECONDS_PER_DAY)
        if later_offset != offset:
            change = _change_between(zone, seen, seen + SECONDS_PER_DAY)
            yield start, change, offset
            start, offset = change, later_offset
    yield start, latest, offset


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the first second with the offset of *after*, by bisection."""
    offset = _offset_at(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset_at(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset()
    assert offset is not None
    return offset.days * SECONDS_PER_DAY + offset.seconds


_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def _day_at(local_seconds: int) -> int:
    return local_seconds // SECONDS_PER_DAY + _EPOCH_DAY
