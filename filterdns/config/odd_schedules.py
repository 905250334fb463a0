"""Schedules with a hole that nobody means, and lines that never count."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.model import ScheduleSection
from filterdns.config.schedules import DAILY, HOLIDAYS
from filterdns.config.units import WEEKDAYS, looks_like_dates, quoted, read_weekdays
from filterdns.policy.ruleset import During
from filterdns.policy.schedule import SECONDS_PER_DAY, stretches_on

SHORT_SECONDS: Final = 300
LOOKED_AT_DAYS: Final = 28


def odd_schedules(compiled: Compiled, now: float) -> Iterator[Doubt]:
    """Yield what is odd about the schedules in the weeks from *now* (Unix seconds) on."""
    yield from _missing_days(compiled.config.document.schedules)
    yield from _useless_holidays(compiled)
    yield from _short_gaps(compiled, int(now))


def _missing_days(schedules: Mapping[str, ScheduleSection]) -> Iterator[Doubt]:
    """Yield schedules that name all days of the week but one."""
    for name, section in schedules.items():
        if DAILY in section.lines:
            continue
        weekdays = [key for key in section.lines if key != HOLIDAYS and not looks_like_dates(key)]
        named = {day for key in weekdays for day in read_weekdays(key)}
        missing = [each for day, each in enumerate(WEEKDAYS) if day not in named]
        if len(missing) == 1:
            message = f"every day of the week has a line but {missing[0]}, which has no window then"
            yield Doubt(("schedules", name), message, f"add {missing[0]}: never if that is meant")


def _useless_holidays(compiled: Compiled) -> Iterator[Doubt]:
    """Yield `holidays` lines where nobody has holidays, now or from a calendar."""
    plan, ruleset = compiled.calendars, compiled.ruleset
    others = (*plan.people.values(), *plan.places.values())
    if ruleset.holidays or any(each.written or each.sources for each in (plan.house, *others)):
        return
    for name, section in compiled.config.document.schedules.items():
        if HOLIDAYS in section.lines:
            cure = "write them under calendar: {holidays: […]}, or remove this line"
            yield Doubt(("schedules", name, HOLIDAYS), "there are no holidays", cure)


def _short_gaps(compiled: Compiled, now: int) -> Iterator[Doubt]:
    """Yield schedules between whose windows, and closed times between which, minutes stay open."""
    ruleset = compiled.ruleset
    told: set[str] = set()
    for schedule in ruleset.schedules.values():
        gap = _short_gap(compiled, [schedule.name], now)
        if gap:
            told.add(schedule.name)
            message = f"between two windows {gap} stay open"
            cure = "let the second begin where the first ends: ends are not part of a window"
            yield Doubt(("schedules", schedule.name), message, cure)
    for path, entries in _closings(compiled):
        names = [entry.schedule for entry in entries if entry.schedule not in told]
        gap = _short_gap(compiled, names, now) if len(names) > 1 else ""
        if gap:
            message = f"between {' and '.join(map(quoted, names))} {gap} stay open"
            yield Doubt(path, message, "let one begin where the other ends")


def _closings(compiled: Compiled) -> Iterator[tuple[tuple[str, str, str], Sequence[During]]]:
    """Yield where several schedules switch the internet off for the same asker."""
    ruleset, document = compiled.ruleset, compiled.config.document
    during = [
        *(
            (("policies", name, "during"), ruleset.policies[name].during)
            for name in document.policies
        ),
        *((("groups", name, "during"), ruleset.places[name].during) for name in document.groups),
        *((("people", name, "during"), ruleset.people[name].during) for name in document.people),
    ]
    for path, entries in during:
        yield path, [entry for entry in entries if entry.internet_off]


def _short_gap(compiled: Compiled, names: Sequence[str], now: int) -> str:
    """Return `1 minute at Tue 06:30`: the first short time in which none of *names* is on."""
    ruleset = compiled.ruleset
    zone, end = ruleset.timezone, now + LOOKED_AT_DAYS * SECONDS_PER_DAY
    spans = sorted(
        span
        for name in names
        for span in stretches_on(ruleset.schedules[name], zone, ruleset.holidays, now, end)
    )
    until = spans[0][1] if spans else 0
    for (_, stop), (start, _) in pairwise(spans):
        until = max(until, stop)
        if 0 < start - until < SHORT_SECONDS:
            minutes = (start - until) // 60 or 1
            local = datetime.fromtimestamp(until, ZoneInfo(zone))
            return f"{minutes} minute{'s' if minutes > 1 else ''} ({local:%a %H:%M})"
    return ""
