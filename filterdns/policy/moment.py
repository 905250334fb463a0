"""Which windows are open for a person at one moment, and until when nothing of that changes."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from filterdns.policy.reason import end_of
from filterdns.policy.ruleset import During, Person, Ruleset, Schedule
from filterdns.policy.schedule import Stretch, stretch


class OpenWindow(NamedTuple):
    """An entry of `during:` whose schedule is on, its place there, and the words for its end."""

    position: int
    entry: During
    until: str


class Moment(NamedTuple):
    """What the clock says about a person's rules.

    It holds from *valid_from* until before *valid_until* (Unix seconds). *pending* is a category
    whose list is still on its way, or empty.
    """

    in_places: tuple[OpenWindow, ...]
    in_schedules: tuple[OpenWindow, ...]
    pending: str
    valid_from: float
    valid_until: float


class Moments:
    """Reads schedules, and remembers how long each stays as it is: thousands share a few."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        # By identity: schedules are not hashable, and the ruleset keeps each of them alive.
        self._stretch_by_schedule: dict[tuple[int, str], Stretch] = {}

    def at(
        self,
        now: float,
        person: Person,
        entries: Sequence[During],
        places: Iterable[str],
        blocked_categories: Iterable[str],
    ) -> Moment:
        """Return the moment *now* (Unix seconds) of *person*, whose policy has *entries*.

        A person's windows are in the person's zone, those of places in that of the ruleset.
        """
        ruleset = self._ruleset
        place_entries = [
            entry
            for place in places
            if place in ruleset.places
            for entry in ruleset.places[place].during
        ]
        in_places = self._stretches(place_entries, {}, ruleset.timezone, now)
        in_schedules = self._stretches(entries, person.schedules, person.timezone, now)
        waits = {
            category: ruleset.pending[category]
            for category in blocked_categories
            if category in ruleset.pending
        }
        stretches = in_places + in_schedules
        starts = [length.since for length in stretches]
        ends = [length.until for length in stretches]
        starts += [until for until in waits.values() if until <= now]
        ends += [until for until in waits.values() if now < until]
        return Moment(
            _open(place_entries, in_places, ruleset.timezone),
            _open(entries, in_schedules, person.timezone),
            next((category for category, until in waits.items() if now < until), ""),
            max(starts, default=-inf),
            min(ends, default=inf),
        )

    def _stretches(
        self, entries: Iterable[During], own: Mapping[str, Schedule], zone: str, now: float
    ) -> list[Stretch]:
        shared = self._ruleset.schedules
        return [
            self._stretch(own.get(entry.schedule) or shared[entry.schedule], zone, now)
            for entry in entries
        ]

    def _stretch(self, schedule: Schedule, zone: str, now: float) -> Stretch:
        key = (id(schedule), zone)
        known = self._stretch_by_schedule.get(key)
        if known is None or not known.since <= now < known.until:
            known = stretch(schedule, zone, self._ruleset.holidays, now)
            self._stretch_by_schedule[key] = known
        return known


def _open(
    entries: Sequence[During], stretches: Sequence[Stretch], zone: str
) -> tuple[OpenWindow, ...]:
    return tuple(
        OpenWindow(position, entry, end_of(length, zone))
        for position, (entry, length) in enumerate(zip(entries, stretches, strict=True))
        if length.is_on
    )
