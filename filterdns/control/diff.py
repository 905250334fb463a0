"""What an edit of the config would change: for each person, for unknown devices, in each place.

Found by asking both configs the same questions over a week, and around holidays and dates of the
year; what concerns nobody alone stands in `house_diff`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.config.compile import Meaning
from filterdns.control.change_words import ChangeWords, Times
from filterdns.control.house_diff import device_changes, house_changes, person_changes
from filterdns.control.time_words import week_times
from filterdns.policy.client import Identity
from filterdns.policy.content import content_key
from filterdns.policy.difference import Change, Comparison, Span
from filterdns.policy.house import Claims, House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Person, Ruleset, Selection
from filterdns.policy.typical_days import midnight, plain_week, turning_days

MOST_OWN_RULES: Final = 100


class Side(NamedTuple):
    """A config as understood, and the lists that it is judged with."""

    meaning: Meaning
    lists: Claims

    @property
    def ruleset(self) -> Ruleset:
        """Return what decides."""
        return self.meaning.ruleset

    def policies(self, ruleset: Ruleset) -> EffectivePolicies:
        """Return the policies of *ruleset*, ours or a part of it."""
        return EffectivePolicies(ruleset, House(ruleset, self.lists))


def diff(old: Side, new: Side, now: float) -> dict[str, Any]:
    """Return what the config of *new* changes against that of *old*, as plain values for JSON.

    *now* (Unix seconds) is from where on is looked.
    """
    people = _People(old, new, now)
    found = {
        "people": [*people.gone_and_new(), *people.changed()],
        "unknown_devices": people.of_unknown_devices(),
        "places": _Places(old, new, now).changed(),
        "devices": device_changes(old.ruleset, new.ruleset),
        "house": house_changes(old.meaning, new.meaning),
    }
    return {"changes": any(found.values()), **found}


class _Asking:
    """Compares what two stores say to an identity in the days from now on."""

    def __init__(self, old: Side, new: Side, parts: tuple[Ruleset, Ruleset], now: float) -> None:
        self._comparison = Comparison(old.policies(parts[0]), new.policies(parts[1]))
        self._frames = tuple(map(_frame_key, parts))
        self._policy_keys = tuple(map(_policy_keys, parts))
        self._rulesets = (old.ruleset, new.ruleset)
        self._now = now

    def is_unchanged(self, old: Person, new: Person) -> bool:
        """Whether nothing that decides for somebody is another: then there is nothing to ask.

        Thousands of pupils with rules of their own would take minutes.
        """
        stores = (self._comparison.old, self._comparison.new)
        if self._frames[0] != self._frames[1] or stores[0].house.key != stores[1].house.key:
            return False
        same_policy = self._policy_keys[0][old.policy] == self._policy_keys[1][new.policy]
        return same_policy and content_key(old) == content_key(new)

    def changes(self, identity: Identity, zone_name: str) -> list[dict[str, Any]]:
        """Return what changes for *identity*, who lives by the clocks of *zone_name*."""
        zone = ZoneInfo(zone_name)
        today = datetime.fromtimestamp(self._now, zone).toordinal()
        week = plain_week(self._rulesets, today)
        times = self._weekly(identity, week, zone)
        for turn in turning_days(self._rulesets, today):
            self._add_dates(times, identity, turn, zone)
        words = ChangeWords(self._rulesets[1], self._comparison, identity, zone)
        return words.tell(times)

    def _weekly(self, identity: Identity, first: int, zone: ZoneInfo) -> dict[Change, Times]:
        # A day more at both ends, so that no night is cut; it counts where it begins.
        start, end = midnight(first, zone), midnight(first + 7, zone)
        within = (midnight(first - 1, zone), midnight(first + 8, zone))
        shut = self._comparison.shut(identity, within)
        found = {}
        for change, spans in self._comparison.changes(identity, within).items():
            starting = [span for span in spans if start <= span[0] < end]
            first_moment = starting[0][0] if starting else start
            if _covers([*spans, *shut], within):
                found[change] = Times(True, spans != [within], first=first_moment)
            elif starting:
                found[change] = Times(week=tuple(starting), first=first_moment)
        return found

    def _add_dates(
        self, times: dict[Change, Times], identity: Identity, turn: int, zone: ZoneInfo
    ) -> None:
        """Add to *times* what happens around the day *turn* and not in every week."""
        start, end = midnight(turn - 1, zone), midnight(turn + 2, zone)
        within = (midnight(turn - 2, zone), midnight(turn + 3, zone))
        for change, spans in self._comparison.changes(identity, within).items():
            known = times.get(change, Times())
            if known.is_always:
                continue
            usual = set(week_times(known.week, zone))
            added = [
                span
                for span in spans
                if start <= span[0] < end
                and span not in known.dates
                and week_times([span], zone)[0] not in usual
            ]
            if added:
                dates = tuple(sorted({*known.dates, *added}))
                times[change] = known._replace(dates=dates, first=known.first or dates[0][0])


class _People:
    def __init__(self, old: Side, new: Side, now: float) -> None:
        self._old, self._new = old.ruleset.people, new.ruleset.people
        self._rulesets = (old.ruleset, new.ruleset)
        self._asking = _Asking(old, new, self._rulesets, now)
        parts = (replace(old.ruleset, people={}), replace(new.ruleset, people={}))
        self._by_policies = _Asking(old, new, parts, now)

    def gone_and_new(self) -> Iterator[dict[str, Any]]:
        for name in self._old.keys() - self._new.keys():
            yield _of([name], [], [f"{name} is gone: the devices count as unknown"])
        for name in sorted(self._new.keys() - self._old.keys()):
            policy = self._new[name].policy
            yield _of([name], [], [f"{name} is new, with the policy {policy}"])

    def changed(self) -> Iterator[dict[str, Any]]:
        """Yield what changes for people; those with equal rules are told together."""
        for names in self._alike().values():
            name = names[0]
            person = self._new[name]
            if self._asking.is_unchanged(_nameless(self._old[name]), _nameless(person)):
                continue
            changes = self._asking.changes(Identity(name, "", ()), person.timezone)
            others = list(person_changes(name, *self._rulesets))
            if changes or others:
                yield _of(names, changes, others)

    def of_unknown_devices(self) -> list[dict[str, Any]]:
        """Return what changes for unknown devices; among many people, by the policies alone.

        The strictest of thousands is another at every minute of the evening.
        """
        asking = self._asking
        if max(map(_own_rules, self._rulesets)) > MOST_OWN_RULES:
            asking = self._by_policies
        return asking.changes(Identity("", "", ()), self._rulesets[1].timezone)

    def _alike(self) -> Mapping[bytes, list[str]]:
        alike: dict[bytes, list[str]] = {}
        for name, person in self._new.items():
            if name in self._old:
                key = content_key(_nameless(self._old[name]), _nameless(person))
                alike.setdefault(key, []).append(name)
        return alike


class _Places:
    """What the places alone say: to somebody whom nothing else restricts."""

    def __init__(self, old: Side, new: Side, now: float) -> None:
        self._old, self._new = old.ruleset.places, new.ruleset.places
        self._zone = new.ruleset.timezone
        parts = (_without_people(old.ruleset), _without_people(new.ruleset))
        self._asking = _Asking(old, new, parts, now)

    def changed(self) -> list[dict[str, Any]]:
        found = []
        for name in dict.fromkeys([*self._old, *self._new]):
            others = list(self._others(name))
            changes = self._asking.changes(Identity("", "", (name,)), self._zone)
            if changes or others:
                found.append({"name": name, "changes": changes, "others": others})
        return found

    def _others(self, name: str) -> Iterator[str]:
        old, new = self._old.get(name), self._new.get(name)
        if new is None:
            yield f"the place {name} is gone"
        elif old is None:
            yield f"the place {name} is new: {', '.join(new.networks)}"
        elif old.networks != new.networks:
            was, will_be = ", ".join(old.networks), ", ".join(new.networks)
            yield f"the place {name} is {will_be} instead of {was}"


def _covers(spans: Iterable[Span], within: Span) -> bool:
    """Whether *spans* leave no gap in *within*."""
    at = within[0]
    for start, end in sorted(spans):
        if start > at:
            return False
        at = max(at, end)
    return at >= within[1]


def _of(names: list[str], changes: list[dict[str, Any]], others: list[str]) -> dict[str, Any]:
    return {"names": names, "changes": changes, "others": others}


def _own_rules(ruleset: Ruleset) -> int:
    """Return how many people have rules or hours of their own."""
    people = ruleset.people.values()
    return sum(bool(each.schedules or each.during or each.block != Selection()) for each in people)


def _policy_keys(ruleset: Ruleset) -> dict[str, bytes]:
    return {name: content_key(policy) for name, policy in ruleset.policies.items()}


def _frame_key(ruleset: Ruleset) -> bytes:
    """Return what changes with all that decides for people beside their policies and the house."""
    return content_key(ruleset.schedules, ruleset.holidays, ruleset.timezone)


def _nameless(person: Person) -> Person:
    return replace(person, name="", devices=())


def _without_people(ruleset: Ruleset) -> Ruleset:
    return replace(ruleset, policies={}, people={}, unknown_policy="")
