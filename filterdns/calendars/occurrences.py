"""When the events of a calendar take place, as plain numbers, and which whole days they cover."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

SECONDS_PER_DAY: Final = 24 * 60 * 60
MONTHS_AHEAD: Final = 37
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

Spans = tuple[tuple[int, int], ...]
"""Stretches of seconds, the ends exclusive, ordered and apart from each other."""


class Horizon(NamedTuple):
    """The days that are looked at, from *first* until before *last* (proleptic ordinals)."""

    first: int
    last: int

    @classmethod
    def at(cls, now: float) -> "Horizon":
        """Return what is looked at in the month of *now* (Unix seconds): one back, three years on.

        Whole months, so that the same events come of a calendar for as long.
        """
        today = datetime.fromtimestamp(now, ZoneInfo("UTC")).date()
        begin = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        months = begin.month - 1 + MONTHS_AHEAD
        end = date(begin.year + months // 12, months % 12 + 1, 1)
        return cls(begin.toordinal(), end.toordinal())


class Occurrences(NamedTuple):
    """When the events that count take place within a horizon.

    *local* are seconds since 1970 on whatever clocks are looked at: whole days, and times without a
    zone. *absolute* are Unix seconds. *taken* is how many there are of those *found* in the text;
    *doubt* tells in words what could not be read, or is empty.
    """

    local: Spans
    absolute: Spans
    taken: int
    found: int
    doubt: str = ""


def whole_days(occurrences: Occurrences, zone: str) -> tuple[tuple[int, int], ...]:
    """Return the days that an event covers from midnight to midnight on the clocks of *zone*.

    Inclusive ranges of proleptic ordinals. An event of a few hours makes no holiday, and one that a
    calendar of another zone tells in Unix time does where it covers the day here.
    """
    clocks = ZoneInfo(zone)
    spans = [*occurrences.local]
    spans += [
        (_local_seconds(start, clocks), _local_seconds(end, clocks))
        for start, end in occurrences.absolute
    ]
    days = ((-(-start // SECONDS_PER_DAY), end // SECONDS_PER_DAY) for start, end in spans)
    return tuple(
        (first + EPOCH_DAY, end + EPOCH_DAY - 1)
        for first, end in joined((first, end) for first, end in days if first < end)
    )


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return *spans* with what touches or overlaps joined, in order."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def last_day(occurrences: Occurrences) -> int | None:
    """Return the last day on which something takes place, as a proleptic ordinal."""
    ends = [spans[-1][1] for spans in (occurrences.local, occurrences.absolute) if spans]
    return (max(ends) - 1) // SECONDS_PER_DAY + EPOCH_DAY if ends else None


def local_seconds_of(moment: date) -> int:
    """Return *moment*, a day or a time without a zone, as seconds since 1970 on its clocks."""
    seconds = (moment.toordinal() - EPOCH_DAY) * SECONDS_PER_DAY
    if isinstance(moment, datetime):
        seconds += moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds


def from_plain(values: object) -> Occurrences:
    """Return what `_asdict` and JSON have made *values* of. Raises `ValueError`."""
    try:
        assert isinstance(values, dict)
        found = Occurrences(**values)
        return found._replace(local=_spans(found.local), absolute=_spans(found.absolute))
    except (TypeError, AssertionError) as error:
        raise ValueError(f"no occurrences: {error!r}") from None


def _spans(values: Sequence[Sequence[int]]) -> Spans:
    return tuple((int(start), int(end)) for start, end in values)


def _local_seconds(moment: int, zone: ZoneInfo) -> int:
    return local_seconds_of(datetime.fromtimestamp(moment, zone))
