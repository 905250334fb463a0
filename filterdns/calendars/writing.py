"""A timetable as a calendar that other programs open (RFC 5545)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar

PRODUCT: Final = "-//filterdns//schedule show//EN"
_DAY_SECONDS: Final = 86_400
_AROUND_SECONDS: Final = (
    400 * _DAY_SECONDS
)  # more than a year: whoever reads on sees how it goes on


def write_timetable(found: Mapping[str, Any]) -> bytes:
    """Return the windows of *found*, a timetable, as a calendar with the zones that it needs."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    whose = found["person"] or ", ".join(found["places"]) or found["who"]
    calendar.add("x-wr-calname", f"filterdns: {whose}")
    for zone in sorted({window["timezone"] for window in found["windows"]} - {"UTC"}):
        calendar.add_component(_timezone(zone, found["begin"], found["end"]))
    for window in found["windows"]:
        for stretch in window["stretches"]:
            calendar.add_component(_event(window, stretch, found))
    return bytes(calendar.to_ical())


def _timezone(name: str, begin: int, end: int) -> icalendar.Timezone:
    """Return the zone *name* with each change of its clocks around these Unix seconds.

    One by one, and not as rules: what a zone does is decided year by year. Onsets are told by the
    clocks before the change (RFC 5545 section 3.6.5).
    """
    zone = ZoneInfo(name)
    timezone = icalendar.Timezone()
    timezone.add("tzid", name)
    start = begin - _AROUND_SECONDS
    timezone.add_component(_observance(start, start, zone))
    for change in _changes(zone, start, end + _AROUND_SECONDS):
        timezone.add_component(_observance(change - 1, change, zone))
    return timezone


def _observance(before: int, onset: int, zone: ZoneInfo) -> icalendar.cal.Component:
    """Return what the clocks of *zone* show from *onset* on, after what they showed *before*."""
    old, new = (datetime.fromtimestamp(at, zone) for at in (before, onset))
    is_summer = bool(new.dst())
    found = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
    offset = old.utcoffset()
    assert offset is not None
    found.add("dtstart", (datetime.fromtimestamp(onset, UTC) + offset).replace(tzinfo=None))
    found.add("tzoffsetfrom", offset)
    found.add("tzoffsetto", new.utcoffset())
    found.add("tzname", new.tzname())
    return found


def _changes(zone: ZoneInfo, start: int, end: int) -> Iterator[int]:
    """Yield the first second of each other offset that *zone* has between *start* and *end*."""

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, zone).utcoffset()

    for day in range(start, end, _DAY_SECONDS):
        before, after = day, day + _DAY_SECONDS
        if offset(before) == offset(after):
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (
                (middle, after) if offset(middle) == offset(before) else (before, middle)
            )
        yield after


def _event(
    window: Mapping[str, Any], stretch: Mapping[str, Any], found: Mapping[str, Any]
) -> icalendar.Event:
    event = icalendar.Event()
    zone = ZoneInfo(window["timezone"])
    text = "|".join([found["who"], window["whose"], window["schedule"], str(stretch["start"])])
    event.add("uid", f"{blake2b(text.encode(), digest_size=12).hexdigest()}@filterdns")
    event.add("dtstamp", datetime.fromtimestamp(int(found["now"]), UTC))
    event.add("dtstart", _moment(stretch["start"], zone))
    event.add("dtend", _moment(stretch["end"], zone))
    event.add("summary", window["schedule"][:1].upper() + window["schedule"][1:])
    event.add("description", f"{window['whose']}: {window['what']}")
    event.add("transp", "TRANSPARENT")
    return event


def _moment(seconds: int, zone: ZoneInfo) -> datetime:
    """Return the moment on the clocks of *zone*, or in UTC where its text would mean two.

    A local time that comes twice is read as the first one (RFC 5545 section 3.3.5).
    """
    local = datetime.fromtimestamp(seconds, zone)
    return datetime.fromtimestamp(seconds, UTC) if local.fold else local
