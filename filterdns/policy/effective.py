"""Policies compiled for one stretch of time, nothing left to interpret, and their store.

There is one object for each distinct content: people with equal rules share it, and it outlives a
new ruleset in which nothing changes for them, so that what hangs on it lives on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import Final

from filterdns.policy.bypass import compile_bypass
from filterdns.policy.client import Identity
from filterdns.policy.content import content_key
from filterdns.policy.house import House, names_above
from filterdns.policy.moment import Moments, OpenWindow
from filterdns.policy.reason import PENDING_WORDS
from filterdns.policy.restriction import (
    Blocked,
    Restriction,
    compile_blocked,
    compile_restriction,
)
from filterdns.policy.ruleset import Person, PolicyRules, Ruleset, Selection
from filterdns.policy.verdict import Action, AnswerMode, LogMode, Row, Rule, Verdict
from filterdns.policy.wishes import (
    blocked_categories,
    blocked_services,
    compile_names,
    names_allowed_exactly,
)
from filterdns.steps import Steps, at_once

WAITING_TTL_SECONDS: Final = 5  # nobody can say when the time will be known
_NOTHING: Final = Blocked({}, {})


@dataclass(slots=True, eq=False, kw_only=True)
class EffectivePolicy:
    """What holds for some people from *valid_from* until before *valid_until* (Unix seconds).

    *key* changes with anything that matters, *rules_key* only with what may change a verdict. Of
    *members*, if any, the strictest decides, and the tables of rows stay empty. *house* is replaced
    by an equal one when a new ruleset keeps the policy; nothing else ever changes.
    """

    key: bytes
    rules_key: bytes
    valid_from: float
    valid_until: float
    answer: AnswerMode
    max_ttl_seconds: int
    log: LogMode
    house: House
    members: tuple["EffectivePolicy", ...] = ()
    bypass: Blocked = _NOTHING
    bypass_lifted: frozenset[bytes] = frozenset()
    place: tuple[Restriction, ...] = ()
    schedule: tuple[Restriction, ...] = ()
    names: Mapping[bytes, Verdict] = field(default_factory=dict)
    blocked: Blocked = _NOTHING
    locked: Blocked = _NOTHING
    pending: Verdict | None = None
    above_open: frozenset[bytes] = frozenset()


class EffectivePolicies:
    """Compiles policies when they are first asked for, and keeps them while they hold.

    *house* is that of the same ruleset. *previous* hands on each policy whose content is still the
    same.
    """

    def __init__(
        self, ruleset: Ruleset, house: House, previous: "EffectivePolicies | None" = None
    ) -> None:
        self.ruleset = ruleset
        self._house = house
        self._policy_by_key: dict[bytes, EffectivePolicy] = {}
        self._policy_by_asker: dict[Asker, EffectivePolicy] = {}
        self._ready_by_asker: dict[Asker, EffectivePolicy] = {}  # made before anybody has asked
        self._moments = Moments(ruleset)
        self._content_by_policy: dict[str, bytes] = {}
        self._content_by_place: dict[str, bytes] = {}
        self._swept_at = -inf
        if previous is not None:
            self._adopt(previous)

    def policy_for(
        self, identity: Identity, now: float, *, is_time_known: bool = True
    ) -> EffectivePolicy:
        """Return what holds for *identity* at *now* (Unix seconds).

        A person whom the ruleset does not know is an unknown device. While the time is not known,
        every window of the day counts; who has no windows notices nothing.
        """
        asker = (identity.person, identity.places, is_time_known)
        policy = self._policy_by_asker.get(asker)
        if policy is None or not policy.valid_from <= now < policy.valid_until:
            policy = self._take_ready(asker, now)
            if policy is None:
                self._drop_others(now)
                policy = self._compile(identity, now, is_time_known)
            self._policy_by_asker[asker] = policy
        return policy

    def get_ready(self, previous: "EffectivePolicies", now: float) -> Steps[None]:
        """Compile in steps for *now* what takes long and was needed in *previous*, maybe ourselves.

        That is all policies together, for unknown devices. One alone is compiled soon enough when
        somebody asks.
        """
        for asker in previous._used():  # noqa: SLF001 - the same class
            person, places, is_time_known = asker
            if self._asks_for_strictest(person):
                policy = yield from self._compile_strictest(places, now, is_time_known)
                self._ready_by_asker[asker] = policy

    def next_long_change(self) -> float:
        """Return when the first policy ends that takes long to follow (Unix seconds); or inf."""
        used = self._used().values()
        return min((policy.valid_until for policy in used if policy.members), default=inf)

    def _used(self) -> dict["Asker", EffectivePolicy]:
        """Return what has been asked for, and what is ready though nobody has asked since."""
        return self._ready_by_asker | self._policy_by_asker

    def _take_ready(self, asker: "Asker", now: float) -> EffectivePolicy | None:
        policy = self._ready_by_asker.pop(asker, None)
        if policy is None or not policy.valid_from <= now < policy.valid_until:
            return None
        for each in (policy, *policy.members):  # forgotten if they were yet to come
            self._policy_by_key.setdefault(each.key, each)
        return policy

    def _asks_for_strictest(self, person: str) -> bool:
        ruleset = self.ruleset
        is_known = person in ruleset.people or bool(ruleset.unknown_policy)
        return not is_known and bool(ruleset.policies)

    def _adopt(self, previous: "EffectivePolicies") -> None:
        for key, policy in previous._policy_by_key.items():  # noqa: SLF001 - the same class
            if policy.house.key == self._house.key:
                policy.house = self._house  # the old one's index may be closed after a swap
                self._policy_by_key[key] = policy

    def _drop_others(self, now: float) -> None:
        """Forget what does not hold now, at most once a minute however many ask at bedtime.

        What is yet to come goes, too: a clock that was ahead has left it behind.
        """
        if self._swept_at <= now < self._swept_at + _SWEEP_SECONDS:
            return
        self._swept_at = now
        self._policy_by_key = {
            key: policy
            for key, policy in self._policy_by_key.items()
            if policy.valid_from <= now < policy.valid_until
        }
        self._policy_by_asker = {
            asker: policy
            for asker, policy in self._policy_by_asker.items()
            if policy.valid_from <= now < policy.valid_until
        }

    def _compile(self, identity: Identity, now: float, is_time_known: bool) -> EffectivePolicy:
        ruleset, places = self.ruleset, identity.places
        if self._asks_for_strictest(identity.person):
            return at_once(self._compile_strictest(places, now, is_time_known))
        person = ruleset.people.get(identity.person) or self._nobody(ruleset.unknown_policy)
        return self._compile_person(person, places, now, is_time_known)

    def _nobody(self, policy: str) -> Person:
        return Person("", policy, self.ruleset.timezone)

    def _compile_strictest(
        self, places: tuple[str, ...], now: float, is_time_known: bool
    ) -> Steps[EffectivePolicy]:
        """Compile for unknown devices all policies together, each as it is at the moment.

        People who only loosen their policy add nothing to it, and a school has thousands of them.
        """
        nobodies = map(self._nobody, self.ruleset.policies)
        distinct: dict[EffectivePolicy, None] = {}
        for person in chain(nobodies, self.ruleset.people.values()):
            if not person.name or self._may_tighten(person):
                distinct[self._compile_person(person, places, now, is_time_known)] = None
            yield
        members = tuple(distinct)
        key = content_key([member.key for member in members])
        known = self._policy_by_key.get(key)
        if known is not None:
            return known
        policy = EffectivePolicy(
            key=key,
            rules_key=content_key([member.rules_key for member in members]),
            valid_from=max(member.valid_from for member in members),
            valid_until=min(member.valid_until for member in members),
            answer=members[0].answer,
            max_ttl_seconds=min(member.max_ttl_seconds for member in members),
            log=LogMode.BLOCKED,
            house=self._house,
            members=members,
            above_open=frozenset[bytes]().union(*(member.above_open for member in members)),
        )
        self._policy_by_key[key] = policy
        return policy

    def _may_tighten(self, person: Person) -> bool:
        return (
            person.block != _EMPTY
            or bool(person.schedules)
            or person.timezone != self.ruleset.timezone
        )

    def _compile_person(
        self, person: Person, places: tuple[str, ...], now: float, is_time_known: bool
    ) -> EffectivePolicy:
        house = self._house
        rules = self.ruleset.policies[person.policy] if self.ruleset.policies else _ALLOW_ALL
        categories = blocked_categories(rules, person, house)
        moment = self._moments.at(
            now, person, rules.during, places, categories, is_time_known=is_time_known
        )
        rules_key = content_key(
            house.key,
            self._rules_content(rules),
            [self._place_content(place) for place in places],
            (person.allow, person.block),
            [window.position for window in moment.in_places],
            [window.position for window in moment.in_schedules],
            moment.pending,
        )
        log = rules.log if person.log is None else person.log
        max_ttl_seconds = rules.max_ttl_seconds
        if not is_time_known and (rules.during or any(map(self._restricts, places))):
            max_ttl_seconds = min(max_ttl_seconds, WAITING_TTL_SECONDS)
        key = content_key(
            rules_key,
            (moment.valid_from, moment.valid_until),
            [window.until for window in moment.in_places + moment.in_schedules],
            (rules.answer, max_ttl_seconds, log),
        )
        known = self._policy_by_key.get(key)
        if known is not None:
            return known
        names = compile_names(rules, person, house)
        place = _restrictions(moment.in_places, Row.PLACE, house)
        schedule = _restrictions(moment.in_schedules, Row.SCHEDULE, house)
        blocked = compile_blocked(blocked_services(rules, person), categories, house)
        policy = EffectivePolicy(
            key=key,
            rules_key=rules_key,
            valid_from=moment.valid_from,
            valid_until=moment.valid_until,
            answer=rules.answer,
            max_ttl_seconds=max_ttl_seconds,
            log=log,
            house=house,
            bypass=compile_bypass(rules.bypass, house),
            bypass_lifted=names_allowed_exactly(rules, person, names),
            place=place,
            schedule=schedule,
            names=names,
            blocked=blocked,
            locked=_locked(blocked, house),
            pending=_pending(moment.pending, categories),
            above_open=_above_open(names, place + schedule),
        )
        self._policy_by_key[key] = policy
        return policy

    def _rules_content(self, rules: PolicyRules) -> bytes:
        key = self._content_by_policy.get(rules.name)
        if key is None:
            key = content_key(rules.allow, rules.block, rules.bypass, rules.during)
            self._content_by_policy[rules.name] = key
        return key

    def _restricts(self, place: str) -> bool:
        return place in self.ruleset.places and bool(self.ruleset.places[place].during)

    def _place_content(self, name: str) -> bytes:
        key = self._content_by_place.get(name)
        if key is None:
            place = self.ruleset.places.get(name)
            key = content_key(place.during if place else ())
            self._content_by_place[name] = key
        return key


Asker = tuple[str, tuple[str, ...], bool]
"""A person, the places, and whether the time is known: what a policy is looked up by."""

_ALLOW_ALL: Final = PolicyRules("")
_EMPTY: Final = Selection()
_SWEEP_SECONDS: Final = 60


def _restrictions(windows: Iterable[OpenWindow], row: Row, house: House) -> tuple[Restriction, ...]:
    return tuple(compile_restriction(window.entry, row, window.until, house) for window in windows)


def _locked(blocked: Blocked, house: House) -> Blocked:
    """Return the part of row A11 that an allowed name lifts only where no longer name is listed."""
    return Blocked(
        {},
        {
            category: verdict
            for category, verdict in blocked.verdict_by_category.items()
            if category in house.locked_categories
        },
    )


def _pending(category: str, categories: Mapping[str, Rule]) -> Verdict | None:
    if not category:
        return None
    return Verdict(
        Action.BLOCK,
        Row.CATEGORY,
        categories[category]._replace(reason=PENDING_WORDS, category=category),
        answer=AnswerMode.NODATA,
        is_pending=True,
    )


def _above_open(
    names: Mapping[bytes, Verdict], restrictions: Iterable[Restriction]
) -> frozenset[bytes]:
    """Return the names below which something is let through (RFC 8020 section 2)."""
    allowed = [name for name, verdict in names.items() if verdict.action is Action.ALLOW]
    spared = [spared.names for restriction in restrictions for spared, _ in restriction.closed]
    return names_above(chain(allowed, *spared))
