"""Calendars of the config: which days and events are taken from where, and what comes of them.

What is written as dates is known at once. What stands in calendars (`ics:`) is read by others,
again and again, and laid into the ruleset here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from filterdns.calendars.occurrences import Occurrences, joined, whole_days
from filterdns.calendars.source import CalendarSource, short_name
from filterdns.config.model import (
    Document,
    EventsSection,
    HolidayEntry,
    OwnCalendarSection,
    ScheduleSection,
)
from filterdns.config.places import Problems, ValuePath
from filterdns.config.units import quoted, read_dates
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Holidays, Ruleset, Schedule

ICS: Final = "ics:"
MOST_CALENDARS: Final = 100
MAX_URL_LENGTH: Final = 2000

Known = Callable[[CalendarSource], Occurrences | None]
"""Tells what was read of a calendar, None where nothing ever was."""


class HolidayPlan(NamedTuple):
    """Days that are *written*, and calendars whose days are holidays as well."""

    written: Holidays = ()
    sources: tuple[CalendarSource, ...] = ()


_NO_HOLIDAYS: Final = HolidayPlan()


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """Where holidays and windows come from calendars.

    *people* and *places* are those with holidays of their own. *own_schedules* are by person and
    schedule; where a person changes a schedule without naming calendars, it has those of the house.
    """

    house: HolidayPlan = _NO_HOLIDAYS
    people: Mapping[str, HolidayPlan] = field(default_factory=dict)
    places: Mapping[str, HolidayPlan] = field(default_factory=dict)
    schedules: Mapping[str, tuple[CalendarSource, ...]] = field(default_factory=dict)
    own_schedules: Mapping[str, Mapping[str, tuple[CalendarSource, ...]]] = field(
        default_factory=dict
    )

    @property
    def sources(self) -> tuple[CalendarSource, ...]:
        """Every calendar with its selection, once."""
        found: dict[object, CalendarSource] = {}
        for source in _sources(self):
            found.setdefault(source.identity, source)
        return tuple(found.values())


def compile_calendars(document: Document, folder: Path, problems: Problems) -> CalendarPlan:
    """Return the calendars of *document*, whose main file lies in *folder*.

    Paths are relative to the file that names them. What is no date, no file and no URL becomes a
    problem.
    """
    reader = _Reader(folder, problems)
    schedules = {
        name: reader.events(section, ("schedules", name))
        for name, section in document.schedules.items()
    }
    plan = CalendarPlan(
        house=reader.holidays(document.calendar.holidays, ("calendar", "holidays")),
        people=reader.own_holidays(
            "people", {name: person.calendar for name, person in document.people.items()}
        ),
        places=reader.own_holidays(
            "groups", {name: group.calendar for name, group in document.groups.items()}
        ),
        schedules={name: sources for name, sources in schedules.items() if sources},
        own_schedules={
            person: {
                name: reader.events(own, ("people", person, "schedules", name), schedules.get(name))
                for name, own in section.schedules.items()
            }
            for person, section in document.people.items()
            if section.schedules
        },
    )
    if len(plan.sources) > MOST_CALENDARS:
        message = f"found {len(plan.sources)} calendars, expected at most {MOST_CALENDARS}"
        problems.add(("calendar",), message, "join some of them")
    return plan


def lay_in(ruleset: Ruleset, plan: CalendarPlan, known: Known) -> Ruleset:
    """Return *ruleset* with the days and windows of the calendars of *plan*, as they are known.

    What no calendar concerns is the same object as before.
    """
    zone = ruleset.timezone
    people = dict(ruleset.people)
    for name, holidays in plan.people.items():
        days = _days(holidays, people[name].timezone, known)
        people[name] = replace(people[name], holidays=days)
    for name, own in plan.own_schedules.items():
        schedules = {
            each: _with_events(schedule, own.get(each, ()), known)
            for each, schedule in people[name].schedules.items()
        }
        people[name] = replace(people[name], schedules=schedules)
    places = dict(ruleset.places)
    for name, holidays in plan.places.items():
        places[name] = replace(places[name], holidays=_days(holidays, zone, known))
    return replace(
        ruleset,
        holidays=_days(plan.house, zone, known),
        people=people,
        places=places,
        schedules={
            name: _with_events(schedule, plan.schedules.get(name, ()), known)
            for name, schedule in ruleset.schedules.items()
        },
    )


def _sources(plan: CalendarPlan) -> Iterator[CalendarSource]:
    for holidays in (plan.house, *plan.people.values(), *plan.places.values()):
        yield from holidays.sources
    for own in (plan.schedules, *plan.own_schedules.values()):
        for sources in own.values():
            yield from sources


def _days(plan: HolidayPlan, zone: str, known: Known) -> Holidays:
    if not plan.sources:
        return plan.written
    found = [occurrences for source in plan.sources if (occurrences := known(source))]
    days = [each for occurrences in found for each in whole_days(occurrences, zone)]
    ranges = joined((first, last + 1) for first, last in (*plan.written, *days))
    return tuple((first, end - 1) for first, end in ranges)


def _with_events(schedule: Schedule, sources: Sequence[CalendarSource], known: Known) -> Schedule:
    if not sources and not schedule.events and not schedule.local_events:
        return schedule
    found = [occurrences for source in sources if (occurrences := known(source))]
    return replace(
        schedule,
        events=joined(span for each in found for span in each.absolute),
        local_events=joined(span for each in found for span in each.local),
    )


@dataclass(slots=True)
class _Reader:
    folder: Path
    problems: Problems

    def holidays(self, entries: Sequence[HolidayEntry], at: ValuePath) -> HolidayPlan:
        """Return the days and the calendars in the list *at*, the earliest days first."""
        ranges, sources = [], []
        for index, entry in enumerate(entries):
            path = (*at, index)
            try:
                if isinstance(entry, EventsSection):
                    sources.append(self._source(entry.ics, entry.summary, (*path, "ics")))
                elif entry.startswith(ICS):
                    sources.append(self._source(entry, (), path))
                else:
                    first, last = read_dates(entry)
                    ranges.append((first.toordinal(), last.toordinal()))
            except InvalidValue as error:
                self.problems.reject(path, error)
        return HolidayPlan(tuple(sorted(ranges)), tuple(sources))

    def own_holidays(
        self, section: str, calendars: Mapping[str, OwnCalendarSection]
    ) -> dict[str, HolidayPlan]:
        """Return the holidays of those in *section* who have their own."""
        return {
            name: self.holidays(calendar.holidays, (section, name, "calendar", "holidays"))
            for name, calendar in calendars.items()
            if calendar.holidays is not None
        }

    def events(
        self,
        section: ScheduleSection,
        path: ValuePath,
        inherited: tuple[CalendarSource, ...] | None = (),
    ) -> tuple[CalendarSource, ...]:
        """Return the calendars whose events are windows of the schedule at *path*."""
        if section.ics is None:
            if section.summary is not None:
                message = "`summary` stands without a calendar"
                self.problems.add_at_key((*path, "summary"), message, "add ics: FILE or URL")
            return inherited or ()
        sources = []
        for index, text in enumerate(section.ics):
            here = (*path, "ics", index)
            try:
                sources.append(self._source(text, section.summary or (), here))
            except InvalidValue as error:
                self.problems.reject(here, error)
        return tuple(sources)

    def _source(self, text: str, summaries: tuple[str, ...], path: ValuePath) -> CalendarSource:
        address = text.removeprefix(ICS).strip()
        if address.startswith("webcal://"):  # what a click on "subscribe" hands out
            address = "https://" + address.removeprefix("webcal://")
        places = self.problems.places
        place = places.of_value(path)
        key, where = places.problem(path, "", "", place).path, str(place)
        if address.startswith(("https://", "http://")):
            name = places.shown(path, short_name(_web_calendar(address)))
            return CalendarSource("", address, summaries, name, key, where)
        name = places.shown(path, address)
        file = self._file(address, path)
        return CalendarSource(str(file), "", summaries, name, key, where)

    def _file(self, text: str, path: ValuePath) -> Path:
        file = (self.folder / self.problems.places.of_value(path).file).parent / text
        try:
            if text and file.is_file():
                return file
            what = "is no file" if file.exists() else "does not exist"
        except (OSError, ValueError) as error:
            what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        cure = "check the path; it is relative to the file that names it"
        raise InvalidValue(f"the calendar {quoted(text)} {what}", cure)


def _web_calendar(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or len(url) > MAX_URL_LENGTH:
        raise InvalidValue(f"{quoted(url)} is no URL of a calendar", "write https://HOST/PATH.ics")
    return url
