"""Which windows of a person are open, and when that changes, over days and for thousands at once.

Nothing is compiled here: who has hours like others costs nothing, who has other hours what it takes
to read these.
"""

from collections.abc import Iterable, Sequence

from filterdns.policy.ruleset import During, Holidays, Person, Ruleset, Schedule
from filterdns.policy.schedule import stretches_on
from filterdns.policy.wishes import windows_of

Span = tuple[float, float]
"""From when until before when, in Unix seconds."""

Changes = Sequence[tuple[float, int]]
"""Moments (Unix seconds) in order, and which windows are open from then on, a bit for each.

The lowest bit is the first entry of `windows_of`.
"""


class Hours:
    """When schedules are on within *spans*, which are apart from each other.

    What *ruleset* has for everybody is read once for all who share zone and holidays.
    """

    def __init__(self, ruleset: Ruleset, spans: Iterable[Span]) -> None:
        self._ruleset = ruleset
        self._spans = [(int(start), int(end)) for start, end in spans]
        self._shared: dict[tuple[str, str, Holidays], Sequence[tuple[int, int]]] = {}

    def of(self, name: str, person: Person) -> Sequence[tuple[int, int]]:
        """Return when the schedule *name* is on for *person*, in Unix seconds, cut to the spans."""
        zone, holidays = person.timezone, holidays_of(person, self._ruleset)
        own = person.schedules.get(name)
        if own is not None:
            return self._read(own, zone, holidays)
        key = (name, zone, holidays)
        if key not in self._shared:
            self._shared[key] = self._read(self._ruleset.schedules[name], zone, holidays)
        return self._shared[key]

    def _read(self, schedule: Schedule, zone: str, holidays: Holidays) -> Sequence[tuple[int, int]]:
        return [
            on
            for start, end in self._spans
            for on in stretches_on(schedule, zone, holidays, start, end)
        ]


class Timelines:
    """The changes of people of *ruleset* within *span*, the first of them its beginning."""

    def __init__(self, ruleset: Ruleset, span: Span) -> None:
        self._ruleset = ruleset
        self._start, self._end = map(int, span)
        self._hours = Hours(ruleset, [span])
        self._shared: dict[tuple[str, str, Holidays], Changes] = {}

    def of(self, person: Person) -> Changes:
        """Return the changes of *person*."""
        if person.during or person.schedules:
            return self._read(person)
        key = (person.policy, person.timezone, holidays_of(person, self._ruleset))
        if key not in self._shared:
            self._shared[key] = self._read(person)
        return self._shared[key]

    def _read(self, person: Person) -> Changes:
        toggles: dict[int, int] = {self._start: 0}
        for position, entry in enumerate(_windows(person, self._ruleset)):
            for begin, end in self._hours.of(entry.schedule, person):
                toggles[begin] = toggles.get(begin, 0) ^ 1 << position
                if end < self._end:
                    toggles[end] = toggles.get(end, 0) ^ 1 << position
        changes, is_open = [], 0
        for at in sorted(toggles):
            is_open ^= toggles[at]
            changes.append((float(at), is_open))
        return changes


def holidays_of(person: Person, ruleset: Ruleset) -> Holidays:
    """Return the days that are holidays for *person*."""
    return ruleset.holidays if person.holidays is None else person.holidays


def _windows(person: Person, ruleset: Ruleset) -> Sequence[During]:
    rules = ruleset.policies.get(person.policy)
    return person.during if rules is None else windows_of(rules, person)
