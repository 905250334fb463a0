"""Which windows are open for a person at one moment, and until when nothing of that changes."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from filterdns.policy.reason import end_of
from filterdns.policy.ruleset import During, Person, Ruleset, Schedule
from filterdns.policy.schedule import Stretch, is_on_within_a_week, local_day, stretch


class OpenWindow(NamedTuple):
    """An entry of `during:` whose schedule is on, its place there, and the words for its end.

    *until* None: nobody knows whether it is on, because the time is not known.
    """

    position: int
    entry: During
    until: str | None


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
        *,
        is_time_known: bool = True,
    ) -> Moment:
        """Return the moment *now* (Unix seconds) of *person*, whose policy has *entries*.

        A person's windows are in the person's zone, those of places in that of the ruleset. While
        the time is not known, every window counts that is open at any time of the week to come.
        """
        ruleset = self._ruleset
        place_entries = [
            entry
            for place in places
            if place in ruleset.places
            for entry in ruleset.places[place].during
        ]
        look = self._windows if is_time_known else self._windows_of_week
        in_places = look(place_entries, {}, ruleset.timezone, now)
        in_schedules = look(entries, person.schedules, person.timezone, now)
        waits = {
            category: ruleset.pending[category]
            for category in blocked_categories
            if category in ruleset.pending
        }
        starts = [in_places.since, in_schedules.since]
        ends = [in_places.until, in_schedules.until]
        starts += [until for until in waits.values() if until <= now]
        ends += [until for until in waits.values() if now < until]
        return Moment(
            in_places.open,
            in_schedules.open,
            next((category for category, until in waits.items() if now < until), ""),
            max(starts),
            min(ends),
        )

    def _windows(
        self, entries: Sequence[During], own: Mapping[str, Schedule], zone: str, now: float
    ) -> "_Windows":
        stretches = [self._stretch(self._schedule(entry, own), zone, now) for entry in entries]
        return _Windows(
            tuple(
                OpenWindow(position, entry, end_of(length, zone))
                for position, (entry, length) in enumerate(zip(entries, stretches, strict=True))
                if length.is_on
            ),
            max((length.since for length in stretches), default=-inf),
            min((length.until for length in stretches), default=inf),
        )

    def _windows_of_week(
        self, entries: Sequence[During], own: Mapping[str, Schedule], zone: str, now: float
    ) -> "_Windows":
        """Return all windows of a week at once, from the local day of *now* on.

        A window only restricts, so this is the strictest of whatever the week holds. The day alone
        would not do: a machine that was off over midnight shows the day before.
        """
        if not entries:
            return _Windows((), -inf, inf)
        begin, end = local_day(zone, now)
        holidays = self._ruleset.holidays
        return _Windows(
            tuple(
                OpenWindow(position, entry, None)
                for position, entry in enumerate(entries)
                if is_on_within_a_week(self._schedule(entry, own), zone, holidays, begin)
            ),
            begin,
            end,
        )

    def _schedule(self, entry: During, own: Mapping[str, Schedule]) -> Schedule:
        return own.get(entry.schedule) or self._ruleset.schedules[entry.schedule]

    def _stretch(self, schedule: Schedule, zone: str, now: float) -> Stretch:
        key = (id(schedule), zone)
        known = self._stretch_by_schedule.get(key)
        if known is None or not known.since <= now < known.until:
            known = stretch(schedule, zone, self._ruleset.holidays, now)
            self._stretch_by_schedule[key] = known
        return known


class _Windows(NamedTuple):
    """Which windows are open, from *since* until before *until* (Unix seconds)."""

    open: tuple[OpenWindow, ...]
    since: float
    until: float
