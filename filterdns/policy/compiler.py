"""Makes of rules what holds for somebody now: an `EffectivePolicy` for each distinct content.

People with equal rules share one, and unknown devices have the rules of all together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from filterdns.policy.bypass import ECH, bypass_now, compile_bypass
from filterdns.policy.client import Doubt
from filterdns.policy.content import KEY_LENGTH, content_key
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House, names_above
from filterdns.policy.moment import Moments, OpenWindow
from filterdns.policy.reason import PENDING_WORDS
from filterdns.policy.restriction import Blocked, Restriction, compile_restriction
from filterdns.policy.ruleset import Person, PolicyRules, Ruleset, SafeWish, Selection
from filterdns.policy.safe_search import Wishes, compile_rewrites, strictest_of_each, wishes_at
from filterdns.policy.strangers import nobody, tightening
from filterdns.policy.tables import Tables, compile_tables
from filterdns.policy.together import Gathering
from filterdns.policy.verdict import Action, AnswerMode, LogMode, Row, Rule, Verdict
from filterdns.policy.wishes import windows_of
from filterdns.steps import Steps

_MOST_GATHERINGS: Final = 16  # a school has more rooms, and strangers in a few
WAITING_TTL_SECONDS: Final = 5  # nobody can say when the time will be known, or who asks
_Written = tuple[tuple[str, SafeWish], ...]


class PolicyCompiler:
    """Compiles what *ruleset* says, in the *house* that it makes.

    *policy_by_key* holds what was made: the same content is the same object. While the time is not
    known, every window of the week counts; who has no windows notices nothing.
    """

    def __init__(self, ruleset: Ruleset, house: House) -> None:
        self.ruleset = ruleset
        self.policy_by_key: dict[bytes, EffectivePolicy] = {}
        self._house = house
        self._moments = Moments(ruleset)
        self._tables_by_policy: dict[str, Tables] = {}
        self._content_by_policy: dict[str, bytes] = {}
        self._content_by_place: dict[str, bytes] = {}
        # Engines have hundreds of names, and thousands of people have a few modes.
        self._rewrites_by_wishes: dict[_Written, Mapping[bytes, Verdict]] = {}
        self._gatherings: dict[tuple[tuple[str, ...], bool], Gathering[EffectivePolicy]] = {}

    def adopt(self, previous: "PolicyCompiler") -> None:
        """Go on with each policy of *previous* that would be made of the same house."""
        for key, policy in previous.policy_by_key.items():
            if policy.house.key == self._house.key:
                policy.house = self._house  # the old one's index may be closed after a swap
                self.policy_by_key[key] = policy
        for name, content in previous._content_by_policy.items():  # noqa: SLF001 - the same class
            if self.ruleset.policies.get(name) is previous.ruleset.policies.get(name):
                self._content_by_policy[name] = content

    def twin(self, policy: EffectivePolicy) -> EffectivePolicy:
        """Return what *policy* would be if it were made of our house, whose frame is that of its.

        Then they differ in nothing but in what lists say of a name.
        """
        key = self._house.key + policy.key[KEY_LENGTH:]
        found = self.policy_by_key.get(key)
        if found is None:
            found = self.policy_by_key[key] = replace(
                policy,
                key=key,
                rules_key=self._house.key + policy.rules_key[KEY_LENGTH:],
                house=self._house,
                members=tuple(map(self.twin, policy.members)),
            )
        return found

    def nobody(self, policy: str) -> Person:
        """Return who has *policy* and nothing of their own."""
        return nobody(self.ruleset, policy)

    def strictest(
        self,
        places: tuple[str, ...],
        now: float,
        is_time_known: bool,
        doubt: Doubt = Doubt.NONE,
    ) -> Steps[EffectivePolicy]:
        """Compile for unknown devices all policies together in steps, each as it is at *now*.

        What is answered while it is awaited who asks is soon asked again.
        """
        house_key = self._house.key
        members, since, until = yield from self._gathering(places, is_time_known).at(
            tightening(self.ruleset),
            now,
            lambda person: self.person(person, places, now, is_time_known),
        )
        wishes = strictest_of_each(member.safe_search for member in members)
        max_ttl_seconds = min(member.max_ttl_seconds for member in members)
        if doubt is Doubt.AWAITED:
            max_ttl_seconds = min(max_ttl_seconds, WAITING_TTL_SECONDS)
        contents = [member.key[KEY_LENGTH:] for member in members]
        key = house_key + content_key(contents, max_ttl_seconds, (since, until))
        known = self.policy_by_key.get(key)
        if known is not None:
            return known
        policy = EffectivePolicy(
            key=key,
            rules_key=house_key + content_key([each.rules_key[KEY_LENGTH:] for each in members]),
            valid_from=since,
            valid_until=until,
            answer=members[0].answer,
            max_ttl_seconds=max_ttl_seconds,
            log=LogMode.BLOCKED,
            house=self._house,
            members=members,
            checks_addresses=any(member.checks_addresses for member in members),
            ech=next(filter(None, (member.ech for member in members)), None),
            above_open=frozenset[bytes]().union(*(member.above_open for member in members)),
            safe_search=wishes,
            rewrites=self._rewrites(wishes),
        )
        self.policy_by_key[key] = policy
        return policy

    def _gathering(
        self, places: tuple[str, ...], is_time_known: bool
    ) -> Gathering[EffectivePolicy]:
        """Return what is remembered of *places*, the last of which are kept."""
        found = self._gatherings.pop((places, is_time_known), None) or Gathering()
        self._gatherings[places, is_time_known] = found
        if len(self._gatherings) > _MOST_GATHERINGS:
            del self._gatherings[next(iter(self._gatherings))]
        return found

    def person(
        self, person: Person, places: tuple[str, ...], now: float, is_time_known: bool
    ) -> EffectivePolicy:
        """Compile what holds for *person* in *places* at *now* (Unix seconds)."""
        house = self._house
        rules = self.ruleset.policies[person.policy] if self.ruleset.policies else _ALLOW_ALL
        tables = self._tables(rules, person)
        windows = windows_of(rules, person)
        moment = self._moments.at(
            now, person, windows, places, tables.categories, is_time_known=is_time_known
        )
        wishes = wishes_at(rules, person, moment, is_time_known=is_time_known)
        rules_key = house.key + content_key(
            self._rules_content(rules),
            [self._place_content(place) for place in places],
            (person.allow, person.block, person.given_up, person.during),
            [window.position for window in moment.in_places],
            [window.position for window in moment.in_schedules],
            moment.pending,
            wishes,
        )
        log = rules.log if person.log is None else person.log
        max_ttl_seconds = rules.max_ttl_seconds
        if not is_time_known and (windows or any(map(self._restricts, places))):
            max_ttl_seconds = min(max_ttl_seconds, WAITING_TTL_SECONDS)
        key = house.key + content_key(
            rules_key[KEY_LENGTH:],
            (moment.valid_from, moment.valid_until),
            [window.until for window in moment.in_places + moment.in_schedules],
            (rules.answer, max_ttl_seconds, log),
        )
        known = self.policy_by_key.get(key)
        if known is not None:
            return known
        place = _restrictions(moment.in_places, Row.PLACE, house)
        schedule = _restrictions(moment.in_schedules, Row.SCHEDULE, house)
        closed = bypass_now(rules.bypass, moment.in_places + moment.in_schedules)
        bypass = compile_bypass(closed, house)
        policy = EffectivePolicy(
            key=key,
            rules_key=rules_key,
            valid_from=moment.valid_from,
            valid_until=moment.valid_until,
            answer=rules.answer,
            max_ttl_seconds=max_ttl_seconds,
            log=log,
            house=house,
            given_up=tables.given_up,
            bypass=bypass,
            bypass_lifted=tables.bypass_lifted,
            place=place,
            schedule=schedule,
            names=tables.names,
            blocked=tables.blocked,
            locked=tables.locked,
            pending=_pending(moment.pending, tables.categories),
            above_open=_above_open(tables.names, place + schedule),
            rebinding=tables.rebinding,
            ech=closed.get(ECH),
            checks_addresses=_checks_addresses(
                (bypass, tables.blocked, *(each.blocked for each in place + schedule)), house
            ),
            safe_search=wishes,
            rewrites=self._rewrites(wishes),
        )
        self.policy_by_key[key] = policy
        return policy

    def _tables(self, rules: PolicyRules, person: Person) -> Tables:
        """Return what *rules* and *person* say at any time; who adds nothing shares one."""
        if person.allow != _EMPTY or person.block != _EMPTY or person.given_up:
            return compile_tables(rules, person, self._house)
        found = self._tables_by_policy.get(rules.name)
        if found is None:
            found = compile_tables(rules, person, self._house)
            self._tables_by_policy[rules.name] = found
        return found

    def _rules_content(self, rules: PolicyRules) -> bytes:
        key = self._content_by_policy.get(rules.name)
        if key is None:
            key = content_key(
                (rules.allow, rules.block, rules.given_up),
                (rules.bypass, rules.during, rules.rebinding),
            )
            self._content_by_policy[rules.name] = key
        return key

    def _rewrites(self, wishes: Wishes) -> Mapping[bytes, Verdict]:
        key = tuple(wishes.items())
        found = self._rewrites_by_wishes.get(key)
        if found is None:
            found = self._rewrites_by_wishes[key] = compile_rewrites(wishes, self._house)
        return found

    def _restricts(self, place: str) -> bool:
        return place in self.ruleset.places and bool(self.ruleset.places[place].during)

    def _place_content(self, name: str) -> bytes:
        key = self._content_by_place.get(name)
        if key is None:
            place = self.ruleset.places.get(name)
            key = content_key(place.during if place else ())
            self._content_by_place[name] = key
        return key


_ALLOW_ALL: Final = PolicyRules("")
_EMPTY: Final = Selection()


def _restrictions(windows: Iterable[OpenWindow], row: Row, house: House) -> tuple[Restriction, ...]:
    return tuple(
        compile_restriction(window.entry, row, window.until, house)
        for window in windows
        if window.entry.closes_something
    )


def _checks_addresses(rows: Iterable[Blocked], house: House) -> bool:
    return any(
        not house.address_categories.isdisjoint(blocked.verdict_by_category) for blocked in rows
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
