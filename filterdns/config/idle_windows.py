"""Windows of `during:` behind which nothing is left, and rules that no moment reaches.

A window is idle where, whenever it is on, an earlier one has closed already all that it closes.
Looked at is a week and the days around holidays and dates, as the clocks of each person go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.places import ValuePath
from filterdns.config.units import quoted
from filterdns.policy.ruleset import During, Holidays, Person, Ruleset, Schedule, Selection
from filterdns.policy.schedule import stretch
from filterdns.policy.typical_days import typical_spans


def idle_windows(compiled: Compiled, now: float) -> Iterator[Doubt]:
    """Yield windows and rules that never decide anything from *now* (Unix seconds) on."""
    ruleset, document = compiled.ruleset, compiled.config.document
    looking = _Looking(ruleset, typical_spans(ruleset, now))
    for name, section in document.policies.items():
        entries = ruleset.policies[name].during
        askers = [each for each in ruleset.people.values() if each.policy == name]
        clocks = [_Clocks.of(each, ruleset) for each in askers if not each.during]
        path: ValuePath = ("policies", name)
        yield from looking.windows((*path, "during"), section.during, entries, clocks)
        if section.block:
            yield from looking.rules((*path, "block"), entries, clocks)
    for name, person in document.people.items():
        own = ruleset.people[name]
        entries = (*own.during, *ruleset.policies[own.policy].during)
        clocks = [_Clocks.of(own, ruleset)]
        path = ("people", name)
        yield from looking.windows((*path, "during"), person.during, entries, clocks)
        yield from _unused_lines(person.schedules, entries, path)
        if person.block:
            yield from looking.rules((*path, "block"), entries, clocks)
    for name, group in document.groups.items():
        place = ruleset.places[name]
        clocks = [_Clocks({}, ruleset.timezone, place.holidays or ruleset.holidays)]
        path = ("groups", name)
        yield from looking.windows((*path, "during"), group.during, place.during, clocks)
        if not group.during:
            cure = "add `during:`, or remove it"
            yield Doubt(path, f"{quoted(name)} restricts nobody at any time", cure)


class _Clocks:
    """By what somebody's schedules go: own ones in place of those of the house, zone, holidays."""

    def __init__(self, own: Mapping[str, Schedule], zone: str, holidays: Holidays) -> None:
        self._own = own
        self._zone = zone
        self._holidays = holidays

    @classmethod
    def of(cls, person: Person, ruleset: Ruleset) -> "_Clocks":
        holidays = ruleset.holidays if person.holidays is None else person.holidays
        return cls(person.schedules, person.timezone, holidays)

    def on(
        self, name: str, schedules: Mapping[str, Schedule], spans: Iterable[tuple[float, float]]
    ) -> Iterator[tuple[float, float]]:
        """Yield when within *spans* the schedule *name* is on."""
        schedule = self._own.get(name) or schedules[name]
        for at, end in spans:
            while at < end:
                found = stretch(schedule, self._zone, self._holidays, at)
                if found.is_on:
                    yield at, min(found.until, end)
                at = found.until


class _Looking:
    def __init__(self, ruleset: Ruleset, spans: Sequence[tuple[float, float]]) -> None:
        self._ruleset = ruleset
        self._spans = spans

    def windows(
        self,
        path: ValuePath,
        written: Iterable[str],
        entries: Sequence[During],
        clocks: Sequence[_Clocks],
    ) -> Iterator[Doubt]:
        """Yield those of the *written* windows that are idle for all who go by *clocks*."""
        for at, entry in enumerate(entries):
            earlier = [each for each in entries[:at] if _closes_all_of(each, entry)]
            if entry.schedule not in written or not earlier:
                continue
            if clocks and all(self._is_within(entry, earlier, each) for each in clocks):
                names = " or ".join(quoted(each.schedule) for each in earlier)
                message = f"whenever this is on, {names} has closed already what it closes"
                yield Doubt((*path, entry.schedule), message, "write it first, or remove it")

    def rules(
        self, path: ValuePath, entries: Sequence[During], clocks: Sequence[_Clocks]
    ) -> Iterator[Doubt]:
        """Yield the rules at *path* where the windows leave no moment for them."""
        shut = [each for each in entries if each.internet_off and each.exempt == _NOTHING]
        if shut and clocks and all(self._covers_everything(shut, each) for each in clocks):
            name = quoted(shut[0].schedule)
            message = f"{name} closes everything at all times, so this never decides"
            yield Doubt(path, message, "remove it, or give the schedule an end")

    def _is_within(self, entry: During, earlier: Iterable[During], clocks: _Clocks) -> bool:
        covering = self._on(earlier, clocks)
        own = self._on([entry], clocks)
        return bool(own) and all(_is_covered(span, covering) for span in own)

    def _covers_everything(self, entries: Iterable[During], clocks: _Clocks) -> bool:
        covering = self._on(entries, clocks)
        return all(_is_covered(span, covering) for span in self._spans)

    def _on(self, entries: Iterable[During], clocks: _Clocks) -> list[tuple[float, float]]:
        schedules = self._ruleset.schedules
        return sorted(
            span for entry in entries for span in clocks.on(entry.schedule, schedules, self._spans)
        )


def _closes_all_of(earlier: During, entry: During) -> bool:
    """Whether while *earlier* is on nothing is left for *entry* to close."""
    spared = _spared(earlier)
    if spared is None:
        return False
    if spared == _NOTHING:
        return True
    also = _spared(entry)
    is_alone = entry.block == _NOTHING and not entry.safe_search
    return also is not None and is_alone and _is_part(spared, also)


def _spared(entry: During) -> Selection | None:
    """Return what *entry* leaves open, None where it does not close everything else."""
    return entry.exempt if entry.internet_off else entry.allow_only


def _is_part(selection: Selection, whole: Selection) -> bool:
    return (
        selection.names.keys() <= whole.names.keys()
        and selection.services.keys() <= whole.services.keys()
        and selection.categories.keys() <= whole.categories.keys()
    )


def _is_covered(span: tuple[float, float], by: Iterable[tuple[float, float]]) -> bool:
    at, end = span
    for start, until in by:
        if start > at:
            return False
        at = max(at, until)
        if at >= end:
            return True
    return False


def _unused_lines(
    schedules: Iterable[str], entries: Iterable[During], path: ValuePath
) -> Iterator[Doubt]:
    used = {entry.schedule for entry in entries}
    for name in schedules:
        if name not in used:
            message = f"nothing that {path[1]} has goes by {quoted(name)}"
            cure = "name it under `during:` of the person or the policy, or remove it"
            yield Doubt((*path, "schedules", name), message, cure)


_NOTHING: Final = Selection()
