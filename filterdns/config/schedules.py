"""Schedules: lines of weekdays, holidays and dates, laid over one another per person."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from filterdns.config.model import Document, ScheduleSection
from filterdns.config.places import Problems, ValuePath
from filterdns.config.units import (
    WEEKDAYS,
    looks_like_dates,
    quoted,
    read_dates,
    read_weekdays,
)
from filterdns.config.vocabulary import Vocabulary
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Schedule, Window

DAILY = "daily"
HOLIDAYS = "holidays"

Windows = tuple[Window, ...]


def compile_schedules(document: Document, problems: Problems) -> dict[str, Schedule]:
    """Return the schedules of the config; a day that no line names has no window."""
    return {
        name: _lay_over(_empty(name), _read_lines(section.lines, ("schedules", name), problems))
        for name, section in document.schedules.items()
    }


def compile_own_schedules(
    own: Mapping[str, ScheduleSection],
    path: ValuePath,
    schedules: Mapping[str, Schedule],
    words: Vocabulary,
) -> dict[str, Schedule]:
    """Return a person's schedules: those of the same name with the lines *own* in their place."""
    return {
        name: _lay_over(schedules[name], _read_lines(section.lines, (*path, name), words.problems))
        for name, section in own.items()
        if words.knows_schedule(name, (*path, name), at_key=True)
    }


class _Lines(NamedTuple):
    """What the lines of one schedule say; what they are silent about is missing."""

    windows_by_weekday: dict[int, Windows]
    windows_by_date: dict[str, Windows]
    holidays: Windows | None


def _read_lines(lines: Mapping[str, Windows], path: ValuePath, problems: Problems) -> _Lines:
    by_weekday: dict[int, Windows] = {}
    by_date: dict[str, Windows] = {}
    key_by_day: dict[int | str, str] = {}
    for key, windows in lines.items():
        if key in (DAILY, HOLIDAYS):
            continue
        try:
            days = _dates(key) if looks_like_dates(key) else read_weekdays(key)
        except InvalidValue as error:
            problems.add_at_key((*path, key), error.message, error.cure)
            continue
        for day in days:
            if day in key_by_day:
                name = WEEKDAYS[day] if isinstance(day, int) else day
                message = f"{quoted(key)} names {name}, as {quoted(key_by_day[day])} does"
                problems.add_at_key((*path, key), message, "name each day in one line")
                break
            key_by_day[day] = key
            if isinstance(day, int):
                by_weekday[day] = windows
            else:
                by_date[day] = windows
    if DAILY in lines:  # gives way to the lines that name a day
        by_weekday = dict.fromkeys(range(7), lines[DAILY]) | by_weekday
    return _Lines(by_weekday, by_date, lines.get(HOLIDAYS))


def _dates(text: str) -> list[str]:
    first, last = read_dates(text)
    days = range(first.toordinal(), last.toordinal() + 1)
    return [date.fromordinal(day).isoformat() for day in days]


def _lay_over(schedule: Schedule, lines: _Lines) -> Schedule:
    return Schedule(
        schedule.name,
        tuple(
            lines.windows_by_weekday.get(day, windows)
            for day, windows in enumerate(schedule.weekdays)
        ),
        schedule.holidays if lines.holidays is None else lines.holidays,
        {**schedule.dates, **lines.windows_by_date},
    )


def _empty(name: str) -> Schedule:
    return Schedule(name, ((),) * 7)
