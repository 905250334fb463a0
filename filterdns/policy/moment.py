"""Which windows are open for a person at one moment, and until when nothing of that changes."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple

from filterdns.policy.reason import end_of
from filterdns.policy.ruleset import During, Holidays, Person, Ruleset, Schedule
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
        # By identity: schedules are not hashable, holidays long, and the ruleset keeps them alive.
        self._stretch_by_schedule: dict[tuple[int, str, int], Stretch] = {}

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
        own = self._holidays_of(person.holidays)
        of_person = [_Entry(entry, person.schedules.get(entry.schedule), own) for entry in entries]
        of_places = [
            _Entry(entry, None, self._holidays_of(place.holidays))
            for place in map(ruleset.places.get, places)
            if place is not None
            for entry in place.during
        ]
        look = self._windows if is_time_known else self._windows_of_week
        in_places = look(of_places, ruleset.timezone, now)
        in_schedules = look(of_person, person.timezone, now)
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

    def _holidays_of(self, own: Holidays | None) -> Holidays:
        return self._ruleset.holidays if own is None else own

    def _windows(self, entries: Sequence["_Entry"], zone: str, now: float) -> "_Windows":
        stretches = [self._stretch(entry, zone, now) for entry in entries]
        return _Windows(
            tuple(
                OpenWindow(position, entry.during, end_of(length, zone))
                for position, (entry, length) in enumerate(zip(entries, stretches, strict=True))
                if length.is_on
            ),
            max((length.since for length in stretches), default=-inf),
            min((length.until for length in stretches), default=inf),
        )

    def _windows_of_week(self, entries: Sequence["_Entry"], zone: str, now: float) -> "_Windows":
        """Return all windows of a week at once, from the local day of *now* on.

        A window only restricts, but for safe search, which takes care of that itself. So this is
        the strictest of whatever the week holds. The day alone would not do: a machine that was off
        over midnight shows the day before.
        """
        if not entries:
            return _Windows((), -inf, inf)
        begin, end = local_day(zone, now)
        return _Windows(
            tuple(
                OpenWindow(position, entry.during, None)
                for position, entry in enumerate(entries)
                if is_on_within_a_week(self._schedule(entry), zone, entry.holidays, begin)
            ),
            begin,
            end,
        )

    def _schedule(self, entry: "_Entry") -> Schedule:
        return entry.own or self._ruleset.schedules[entry.during.schedule]

    def _stretch(self, entry: "_Entry", zone: str, now: float) -> Stretch:
        schedule = self._schedule(entry)
        key = (id(schedule), zone, id(entry.holidays))
        known = self._stretch_by_schedule.get(key)
        if known is None or not known.since <= now < known.until:
            known = stretch(schedule, zone, entry.holidays, now)
            self._stretch_by_schedule[key] = known
        return known


class _Entry(NamedTuple):
    """An entry of `during:` with the schedule that is its asker's *own*, and whose holidays."""

    during: During
    own: Schedule | None
    holidays: Holidays


class _Windows(NamedTuple):
    """Which windows are open, from *since* until before *until* (Unix seconds)."""

    open: tuple[OpenWindow, ...]
    since: float
    until: float
