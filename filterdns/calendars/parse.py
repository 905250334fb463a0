"""The text of a calendar to when its events take place.

1. Of what a calendar holds, only events (VEVENT) count; what has been cancelled does not.
2. Whether an event is shown as free or busy (TRANSP) says nothing here: holidays are often "free".
3. An event without a zone, or of a zone that nobody knows, is one of the clocks that are looked at.

Loaded only by `read.py`, and by tests: its libraries are large, and its input is not trusted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, TypeGuard

import icalendar
import recurring_ical_events

from filterdns.calendars.occurrences import (
    EPOCH_DAY,
    SECONDS_PER_DAY,
    Horizon,
    Occurrences,
    Spans,
    joined,
    local_seconds_of,
)
from filterdns.calendars.source import fits
from filterdns.errors import CalendarError

MOST_OCCURRENCES: Final = 20_000
MOST_EVENTS: Final = 20_000
MOST_A_DAY: Final = 100  # apart from each other: more would be a schedule that changes all the time
MOST_EXPANDED: Final = 200_000  # of which others may have been cancelled, or have another title
_TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_DAYS_BY_FREQUENCY: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_PICKING_DAYS: Final = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")
_MOST_WITHIN_DAY: Final = 24
_SHOWN_LENGTH: Final = 60


def read_calendar(data: bytes, summaries: tuple[str, ...], horizon: Horizon) -> Occurrences:
    """Return when the events in *data* with such *summaries* take place within *horizon*.

    Raises `CalendarError` where *data* is no calendar, or holds more than a calendar may.
    """
    calendars = _parse(data)
    events = [event for calendar in calendars for event in calendar.events]
    if len(events) > MOST_EVENTS:
        raise CalendarError(f"found {len(events)} events, expected at most {MOST_EVENTS}")
    most = sum(most_dates(event, horizon) for event in events)
    if most > MOST_EXPANDED:  # before anybody tries
        raise CalendarError(f"found events on up to {most} dates, expected {MOST_EXPANDED}")
    doubts = [f"{what}: {why}" for event in events for what, why in event.errors]
    local: list[tuple[int, int]] = []
    absolute: list[tuple[int, int]] = []
    for event in _expand(calendars, horizon, doubts):
        if not _counts(event, summaries):
            continue
        try:
            span = _span(event)
            if span is not None:
                (absolute if _has_zone(event.start) else local).append(span)
        except Exception as error:  # noqa: BLE001 - an end that is none, a year that there is not
            doubts.append(f"{_summary(event)}: {_first_line(error)}")
        if len(local) + len(absolute) > MOST_OCCURRENCES:
            raise CalendarError(f"found over {MOST_OCCURRENCES} dates in three years")
    spans = joined(local), joined(absolute)
    for each in spans:
        _refuse_crowds(each)
    return Occurrences(
        *spans,
        len(local) + len(absolute),
        len(events),
        _in_short(doubts),
    )


def _refuse_crowds(spans: Spans) -> None:
    """Raise `CalendarError` where more begins on a day than a worker should have to follow."""
    count_by_day = Counter(start // SECONDS_PER_DAY for start, _ in spans)
    for day, count in count_by_day.most_common(1):
        if count > MOST_A_DAY:
            raise CalendarError(
                f"found {count} separate times on {date.fromordinal(EPOCH_DAY + day)}, expected at"
                f" most {MOST_A_DAY} a day; `summary:` can pick some of them"
            )


def _parse(data: bytes) -> list[icalendar.Calendar]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarError("found bytes that are no UTF-8, expected a calendar") from None
    if "BEGIN:VCALENDAR" not in text.upper():
        raise CalendarError("found no BEGIN:VCALENDAR, expected a calendar (.ics)")
    try:
        # Not only calendars, whatever its types say: what a damaged one begins with comes, too.
        found: Sequence[object] = icalendar.Calendar.from_ical(text, multiple=True)
    except Exception as error:  # noqa: BLE001 - whatever the library raises at odd bytes
        raise CalendarError(f"found what cannot be read: {_first_line(error)}") from None
    calendars = [each for each in found if isinstance(each, icalendar.Calendar)]
    if not calendars:
        raise CalendarError("found no calendar that is whole")
    return calendars


def most_dates(event: icalendar.Event, horizon: Horizon) -> int:
    """Return on how many dates within *horizon* *event* may take place at most.

    Raises `CalendarError` for one that repeats within hours.
    """
    rules = event.get("RRULE")
    found = 1
    for rule in rules if isinstance(rules, list) else [rules]:
        if isinstance(rule, icalendar.vRecur):  # else there is none, or it is damaged, and told
            found += _most_of_rule(rule, horizon, event)
    return found


def _most_of_rule(rule: icalendar.vRecur, horizon: Horizon, event: icalendar.Event) -> int:
    frequency = str(rule.get("FREQ", ["DAILY"])[0]).upper()
    within_day = 1
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        within_day *= max(1, len(rule.get(part, [])))
    if any(each < 1 for each in rule.get("INTERVAL", [])):  # libraries would count for ever
        raise CalendarError(f"found an event that repeats without a step ({_summary(event)})")
    if frequency in _TOO_OFTEN or within_day > _MOST_WITHIN_DAY:
        raise CalendarError(
            f"found an event that repeats within hours ({_summary(event)}), expected days, weeks,"
            " months or years"
        )
    days = horizon.last - horizon.first
    period = _DAYS_BY_FREQUENCY.get(frequency, 1)
    # What picks days picks no more of a period than it has.
    picked = period if any(part in rule for part in _PICKING_DAYS) else 1
    if frequency == "WEEKLY":
        picked = max(1, len(rule.get("BYDAY", [])))
    return (days // period + 2) * picked * within_day


def _expand(
    calendars: Iterable[icalendar.Calendar], horizon: Horizon, doubts: list[str]
) -> Iterator[icalendar.Event]:
    for calendar in calendars:
        try:
            yield from _between(calendar, horizon)
        except Exception:  # noqa: BLE001 - whatever the libraries raise at odd events
            yield from _expand_one_by_one(calendar, horizon, doubts)


def _expand_one_by_one(
    calendar: icalendar.Calendar, horizon: Horizon, doubts: list[str]
) -> Iterator[icalendar.Event]:
    """Yield what can be read: each event with its exceptions, which have the same UID, alone."""
    by_id: defaultdict[str, list[icalendar.Event]] = defaultdict(list)
    for event in calendar.events:
        by_id[str(event.get("UID", ""))].append(event)
    for events in by_id.values():
        part = icalendar.Calendar(calendar)
        part.subcomponents = [*calendar.timezones, *events]
        try:
            yield from _between(part, horizon)
        except Exception as error:  # noqa: BLE001 - see above
            doubts.append(f"{_summary(events[0])}: {_first_line(error)}")


def _between(calendar: icalendar.Calendar, horizon: Horizon) -> list[icalendar.Event]:
    # A day more at both ends: a local day may begin half a day earlier elsewhere.
    first = date.fromordinal(horizon.first - 1)
    last = date.fromordinal(horizon.last + 1)
    found: list[icalendar.Event] = recurring_ical_events.of(calendar).between(first, last)
    return found


def _counts(event: icalendar.Event, summaries: tuple[str, ...]) -> bool:
    is_cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return not is_cancelled and fits(str(event.get("SUMMARY", "")), summaries)


def _span(event: icalendar.Event) -> tuple[int, int] | None:
    start, end = event.start, event.end
    if _has_zone(start) and _has_zone(end):
        begin, stop = int(start.timestamp()), int(end.timestamp())
    else:
        begin, stop = local_seconds_of(start), local_seconds_of(end)
    # RFC 5545 section 3.6.1: a time without an end takes none.
    return (begin, stop) if begin < stop else None


def _has_zone(moment: date) -> TypeGuard[datetime]:
    return isinstance(moment, datetime) and moment.tzinfo is not None


def _summary(event: icalendar.Event) -> str:
    return _shown(str(event.get("SUMMARY", "without a summary")), _SHOWN_LENGTH)


def _first_line(error: Exception) -> str:
    return _shown(str(error), 2 * _SHOWN_LENGTH) or type(error).__name__


def _shown(text: str, length: int) -> str:
    """Return *text* in one line of at most *length*, without what would steer a terminal."""
    line = " ".join(text.split())[:length]
    return "".join(each if each.isprintable() else "?" for each in line)


def _in_short(doubts: list[str]) -> str:
    if not doubts:
        return ""
    more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
    return f"what cannot be read is left out: {_shown(doubts[0], 2 * _SHOWN_LENGTH)}{more}"
