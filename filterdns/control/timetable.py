"""When the windows of somebody are on, over days to come or gone: what `schedule show` draws."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.config.nearest import nearest_word
from filterdns.config.units import quoted
from filterdns.control.at import read_day
from filterdns.control.explain import identify
from filterdns.control.rules import Rules
from filterdns.errors import ControlError
from filterdns.policy.client import Identity
from filterdns.policy.ruleset import During, Holidays, Person, Ruleset, Schedule, Selection
from filterdns.policy.schedule import SECONDS_PER_DAY, is_holiday, stretches_on
from filterdns.policy.wishes import windows_of

WEEK: Final = 7
MOST_DAYS: Final = 366
BEYOND_SECONDS: Final = 8 * SECONDS_PER_DAY  # how far the ends of a window are followed


class WantedTimetable(NamedTuple):
    """Whose windows, as typed, on *days* days from the date *first* on; empty is today."""

    who: str
    first: str = ""
    days: int = WEEK

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> "WantedTimetable":
        """Return what the parameters of a request ask for. Raises `ControlError`."""
        unknown = texts.keys() - {"who", "from", "days"}
        if unknown:
            raise ControlError(f"{quoted(min(unknown))} cannot be asked; known are who, from, days")
        days = texts.get("days", str(WEEK))
        if not days.isascii() or not days.isdigit() or not 1 <= int(days) <= MOST_DAYS:
            raise ControlError(f"{quoted(days)} is no number of days; write 1 to {MOST_DAYS}")
        if not texts.get("who"):
            raise ControlError("who is needed: a person, a device, a group, an address, unknown")
        return cls(texts["who"], texts.get("from", ""), int(days))


def read_timetable(wanted: WantedTimetable, rules: Rules, now: float) -> dict[str, Any]:
    """Return the windows of whoever is *wanted* under *rules* as plain values for JSON.

    `windows` stand in the order in which they are asked, each with the stretches that reach into
    the days, in Unix seconds and whole; `days` tell their beginning, length and whether they are
    holidays. *now* is Unix seconds. Raises `ControlError` for what cannot be asked.
    """
    asker = _find(wanted.who, rules)
    clocks = ZoneInfo(asker.zone)
    first = read_day(wanted.first, datetime.fromtimestamp(now, clocks).date())
    days = [_describe_day(first.toordinal() + step, asker) for step in range(wanted.days)]
    begin, end = days[0]["begin"], days[-1]["end"]
    return {
        "who": wanted.who,
        "person": asker.identity.person,
        "device": asker.identity.device,
        "places": list(asker.identity.places),
        "timezone": asker.zone,
        "now": now,
        "begin": begin,
        "end": end,
        "days": days,
        "windows": [_describe(window, begin, end) for window in asker.windows],
    }


class _Window(NamedTuple):
    """An entry of `during:` of *whose*: a place, a person or a policy; and what opens it when."""

    whose: str
    entry: During
    schedule: Schedule
    zone: str
    holidays: Holidays


class _Asker(NamedTuple):
    identity: Identity
    zone: str
    holidays: Holidays
    windows: tuple[_Window, ...]


def _find(who: str, rules: Rules) -> _Asker:
    ruleset = rules.ruleset
    if who in ruleset.places and who not in ruleset.people:
        identity = Identity("", "", (who,))
        own = ruleset.places[who].holidays
        holidays = ruleset.holidays if own is None else own
        return _Asker(identity, ruleset.timezone, holidays, tuple(_of_places(identity, ruleset)))
    try:
        identity = identify(who, rules)
    except ControlError as error:
        near = nearest_word(who, [*ruleset.people, *ruleset.places])
        if near not in ruleset.places:
            raise
        message = f"nobody is called {quoted(who)}; did you mean the group {quoted(near)}?"
        raise ControlError(message) from error
    person = ruleset.people.get(identity.person)
    people = [person] if person is not None else list(_for_unknown(ruleset))
    windows = [*_of_places(identity, ruleset)]
    for each in people:
        windows += _of_person(each, ruleset)
    asker = people[0] if person is not None else Person("", "", ruleset.timezone)
    return _Asker(identity, asker.timezone, _holidays(asker, ruleset), tuple(windows))


def _for_unknown(ruleset: Ruleset) -> Iterator[Person]:
    """Yield whose windows hold for unknown devices: one policy, or all policies and people."""
    if ruleset.unknown_policy or not ruleset.policies:
        yield Person("", ruleset.unknown_policy, ruleset.timezone)
        return
    for policy in ruleset.policies:
        yield Person("", policy, ruleset.timezone)
    for person in ruleset.people.values():
        has_own = bool(person.during or person.schedules) or person.holidays is not None
        if has_own or person.timezone != ruleset.timezone:
            yield person


def _of_places(identity: Identity, ruleset: Ruleset) -> Iterator[_Window]:
    for name in identity.places:
        place = ruleset.places[name]
        holidays = ruleset.holidays if place.holidays is None else place.holidays
        for entry in place.during:
            schedule = ruleset.schedules[entry.schedule]
            yield _Window(name, entry, schedule, ruleset.timezone, holidays)


def _of_person(person: Person, ruleset: Ruleset) -> Iterator[_Window]:
    rules = ruleset.policies.get(person.policy)
    if rules is None:
        return
    for entry in windows_of(rules, person):
        schedule = person.schedules.get(entry.schedule) or ruleset.schedules[entry.schedule]
        whose = person.name or person.policy
        yield _Window(whose, entry, schedule, person.timezone, _holidays(person, ruleset))


def _holidays(person: Person, ruleset: Ruleset) -> Holidays:
    return ruleset.holidays if person.holidays is None else person.holidays


def _describe_day(day: int, asker: _Asker) -> dict[str, Any]:
    begin, end = _midnight(day, asker.zone), _midnight(day + 1, asker.zone)
    return {
        "date": date.fromordinal(day).isoformat(),
        "begin": begin,
        "end": end,
        "hours": (end - begin) / 3600,
        "holiday": is_holiday(day, asker.holidays),
    }


def _describe(window: _Window, begin: int, end: int) -> dict[str, Any]:
    zone = ZoneInfo(window.zone)
    stretches = stretches_on(
        window.schedule, window.zone, window.holidays, begin - BEYOND_SECONDS, end + BEYOND_SECONDS
    )
    return {
        "whose": window.whose,
        "schedule": window.entry.schedule,
        "what": what_holds(window.entry),
        "where": window.entry.rule.where,
        "timezone": window.zone,
        "stretches": [
            {
                "start": start,
                "end": stop,
                "from": datetime.fromtimestamp(start, zone).isoformat(),
                "until": datetime.fromtimestamp(stop, zone).isoformat(),
            }
            for start, stop in stretches
            if start < end and begin < stop
        ],
    }


def what_holds(entry: During) -> str:
    """Return what *entry* of `during:` does, in the words of the config."""
    parts = ["internet: off"] if entry.internet_off else []
    if entry.exempt != Selection():
        parts.append(f"except {_words(entry.exempt)}")
    if entry.allow_only is not None:
        parts.append(f"allow-only {_words(entry.allow_only) or 'nothing'}")
    if entry.block != Selection():
        parts.append(f"block {_words(entry.block)}")
    parts += [f"{engine} {wish.mode}" for engine, wish in entry.safe_search.items()]
    return ", ".join(parts)


def _words(selection: Selection) -> str:
    rules = (
        *selection.names.values(),
        *selection.services.values(),
        *selection.categories.values(),
    )
    return " ".join(rule.text.partition(": ")[2] for rule in rules)


def _midnight(day: int, zone: str) -> int:
    """Return when *day* begins: its first moment that there is on the clocks of *zone*."""
    local = datetime.combine(date.fromordinal(day), time.min, ZoneInfo(zone))
    return math.floor(local.timestamp())
