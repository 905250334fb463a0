"""Windows of `during:` behind which nothing is left, and rules that no moment reaches.

A window is idle where, whenever it is on, an earlier one has closed already all that it closes.
Looked at is a week and the days around holidays and dates, as the clocks of each person go.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.places import ValuePath
from filterdns.config.units import quoted
from filterdns.policy.ruleset import During, Person, Ruleset, Selection, people_by_policy
from filterdns.policy.timeline import Hours, Span
from filterdns.policy.typical_days import typical_spans


def idle_windows(compiled: Compiled, now: float) -> Iterator[Doubt]:
    """Yield windows and rules that never decide anything from *now* (Unix seconds) on."""
    ruleset, document = compiled.ruleset, compiled.config.document
    looking = _Looking(ruleset, typical_spans(ruleset, now))
    askers = people_by_policy(ruleset)
    for name, section in document.policies.items():
        entries = ruleset.policies[name].during
        who = [each for each in askers.get(name, ()) if not each.during]
        path: ValuePath = ("policies", name)
        yield from looking.windows((*path, "during"), section.during, entries, who)
        if section.block:
            yield from looking.rules((*path, "block"), entries, who)
    for name, person in document.people.items():
        own = ruleset.people[name]
        entries = (*own.during, *ruleset.policies[own.policy].during)
        path = ("people", name)
        yield from looking.windows((*path, "during"), person.during, entries, [own])
        yield from _unused_lines(person.schedules, entries, path)
        if person.block:
            yield from looking.rules((*path, "block"), entries, [own])
    for name, group in document.groups.items():
        place = ruleset.places[name]
        whoever = Person("", "", ruleset.timezone, holidays=place.holidays or None)
        path = ("groups", name)
        yield from looking.windows((*path, "during"), group.during, place.during, [whoever])
        if not group.during:
            cure = "add `during:`, or remove it"
            yield Doubt(path, f"{quoted(name)} restricts nobody at any time", cure)


class _Looking:
    def __init__(self, ruleset: Ruleset, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._hours = Hours(ruleset, spans)

    def windows(
        self,
        path: ValuePath,
        written: Iterable[str],
        entries: Sequence[During],
        people: Sequence[Person],
    ) -> Iterator[Doubt]:
        """Yield those of the *written* windows that are idle on the clocks of all *people*."""
        for at, entry in enumerate(entries):
            earlier = [each for each in entries[:at] if _closes_all_of(each, entry)]
            if entry.schedule not in written or not earlier:
                continue
            if people and all(self._is_within(entry, earlier, each) for each in people):
                names = " or ".join(quoted(each.schedule) for each in earlier)
                message = f"whenever this is on, {names} has closed already what it closes"
                yield Doubt((*path, entry.schedule), message, "write it first, or remove it")

    def rules(
        self, path: ValuePath, entries: Sequence[During], people: Sequence[Person]
    ) -> Iterator[Doubt]:
        """Yield the rules at *path* where the windows leave none of *people* a moment for them."""
        shut = [each for each in entries if each.internet_off and each.exempt == _NOTHING]
        if shut and people and all(self._covers_everything(shut, each) for each in people):
            name = quoted(shut[0].schedule)
            message = f"{name} closes everything at all times, so this never decides"
            yield Doubt(path, message, "remove it, or give the schedule an end")

    def _is_within(self, entry: During, earlier: Iterable[During], person: Person) -> bool:
        own = self._hours.of(entry.schedule, person)
        return bool(own) and self._are_covered(own, earlier, person)

    def _covers_everything(self, entries: Iterable[During], person: Person) -> bool:
        return self._are_covered(self._spans, entries, person)

    def _are_covered(
        self, spans: Iterable[Span], entries: Iterable[During], person: Person
    ) -> bool:
        """Whether within all of *spans* one of *entries* is always on for *person*."""
        on = sorted(on for entry in entries for on in self._hours.of(entry.schedule, person))
        covering = _joined(on)
        starts = [start for start, _ in covering]
        for start, end in spans:
            nearest = bisect_right(starts, start) - 1
            if nearest < 0 or covering[nearest][1] < end:
                return False
        return True


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


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return *spans*, which come in the order of their starts, with those in one that touch."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


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
