"""The days on which it shows what schedules do: a week like any other, and those that are not.

A week without holidays and the night before and after it, and the days around both ends of each
range of holidays, around each date of a schedule, and around the next events of calendars, within a
year.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from filterdns.policy.ruleset import Holidays, Ruleset, Schedule
from filterdns.policy.schedule import SECONDS_PER_DAY, is_holiday

_DAYS_AHEAD: Final = 366
_MOST_EVENTS: Final = 20
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_WEEK_DAYS: Final = 8  # seven nights and the day after the last


def typical_spans(ruleset: Ruleset, now: float) -> list[tuple[float, float]]:
    """Return the spans of time (Unix seconds) to look at from *now* on, the week first."""
    zone = ZoneInfo(ruleset.timezone)
    today = datetime.fromtimestamp(now, zone).toordinal()
    week = plain_week([ruleset], today)
    days = [(week, week + _WEEK_DAYS)]
    days += [(turn - 1, turn + 2) for turn in turning_days([ruleset], today)]
    return [(midnight(first, zone), midnight(last, zone)) for first, last in dict.fromkeys(days)]


def plain_week(rulesets: Iterable[Ruleset], today: int) -> int:
    """Return the first day from *today* on of a week that has no holidays in any of *rulesets*.

    Days are proleptic ordinals. *today* where there is no such week within a year.
    """
    calendars = {each for ruleset in rulesets for each in _calendars(ruleset)}
    ahead = range(today, today + _DAYS_AHEAD)
    return next((day for day in ahead if _is_plain_week(day, calendars)), today)


def turning_days(rulesets: Iterable[Ruleset], today: int) -> list[int]:
    """Return the days within a year from *today* on around which a week is not like others."""
    days: dict[int, None] = {}
    for ruleset in rulesets:
        days |= dict.fromkeys(_turns(ruleset))
        days |= dict.fromkeys(_days_of_events(ruleset, today))
    return [day for day in days if today <= day < today + _DAYS_AHEAD]


def midnight(day: int, zone: ZoneInfo) -> float:
    """Return when *day* (proleptic ordinal) begins on the clocks of *zone*, in Unix seconds."""
    return datetime.combine(date.fromordinal(day), time.min, zone).timestamp()


def _is_plain_week(first: int, calendars: Iterable[Holidays]) -> bool:
    days = range(first - 1, first + _WEEK_DAYS + 1)
    return not any(is_holiday(day, each) for each in calendars for day in days)


def _calendars(ruleset: Ruleset) -> set[Holidays]:
    """Return the holidays of the house, and of all people and places that have others."""
    own = {person.holidays for person in ruleset.people.values()}
    own |= {place.holidays for place in ruleset.places.values()}
    return {ruleset.holidays, *(holidays for holidays in own if holidays is not None)}


def _turns(ruleset: Ruleset) -> Iterator[int]:
    """Yield the days around which a week is not like others, as proleptic ordinals."""
    for holidays in _calendars(ruleset):
        for first, last in holidays:
            yield first
            yield last + 1
    for schedule in _schedules(ruleset):
        for text in schedule.dates:
            yield date.fromisoformat(text).toordinal()


def _days_of_events(ruleset: Ruleset, today: int) -> Iterator[int]:
    """Yield the next days on which calendars have an event, some of each schedule.

    A timetable has thousands, and they look alike.
    """
    for schedule in _schedules(ruleset):
        days = {_EPOCH_DAY + start // SECONDS_PER_DAY for start, _ in schedule.events}
        days |= {_EPOCH_DAY + start // SECONDS_PER_DAY for start, _ in schedule.local_events}
        yield from sorted(day for day in days if day >= today)[:_MOST_EVENTS]


def _schedules(ruleset: Ruleset) -> Iterator[Schedule]:
    yield from ruleset.schedules.values()
    for person in ruleset.people.values():
        yield from person.schedules.values()
