"""Whether a config does what its writer expects of it: `expect:`, strictness, doubts.

Everything here is about a config that compiles; nothing here changes what it means.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.config.compile import Compiled
from filterdns.config.doubts import find_doubts
from filterdns.config.expectations import Expectation
from filterdns.config.moments import unix_seconds
from filterdns.config.places import ValuePath
from filterdns.config.units import quoted
from filterdns.dns import codes, names
from filterdns.errors import InvalidValue, Problem
from filterdns.policy.address import read_address
from filterdns.policy.client import Identifier, Identity, holidays_of
from filterdns.policy.compare import LaxerMoment, laxer_moments
from filterdns.policy.decide import decide
from filterdns.policy.house import Claims, House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Person, Selection
from filterdns.policy.strangers import nobody, strictest_of
from filterdns.policy.verdict import Action, Verdict


class Report(NamedTuple):
    """What `check` found: *problems* forbid the config, *warnings* do not."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(compiled: Compiled, lists: Claims, now: float) -> Report:
    """Return what is wrong or doubtful about *compiled* with the blocklists *lists*.

    *now* (Unix seconds) is where the next Friday is counted from.
    """
    checking = _Checking(compiled, lists, now)
    listed = lists.categories | lists.address_categories
    return Report(
        tuple(sorted([*checking.unmet_expectations(), *checking.too_lax_for_unknown()])),
        tuple(sorted([*find_doubts(compiled, listed, lists, now), *checking.lax_addresses()])),
    )


_NOTHING: Final = Selection()


class _Checking:
    def __init__(self, compiled: Compiled, lists: Claims, now: float) -> None:
        self._compiled = compiled
        self._ruleset = compiled.ruleset
        self._places = compiled.config.places
        self._now = now
        self._identifier = Identifier(compiled.ruleset)
        self._house = House(compiled.ruleset, lists)
        self._policies = EffectivePolicies(compiled.ruleset, self._house)

    def unmet_expectations(self) -> Iterator[Problem]:
        for expectation in self._compiled.expectations:
            path = ("expect", expectation.number)
            identity = self._identify(expectation.who)
            zone = self._zone(identity)
            try:
                holidays = holidays_of(identity, self._ruleset)
                at = unix_seconds(expectation.at, zone, holidays, self._now)
            except InvalidValue as error:
                yield self._problem((*path, "at"), error.message, error.cure)
                continue
            # Not with those of others: equal rules would have the lines of whoever came first.
            policy = EffectivePolicies(self._ruleset, self._policies.house).policy_for(identity, at)
            verdict = decide(expectation.name, codes.A, policy)
            if not _meets(verdict, expectation):
                message = _unmet_words(verdict, expectation, datetime.fromtimestamp(at, zone))
                yield self._problem(path, message, "change the rules, or the expectation")

    def too_lax_for_unknown(self) -> Iterator[Problem]:
        """Yield a problem where a device pays off that forgets who it is."""
        if not self._ruleset.unknown_policy:
            return
        stranger = nobody(self._ruleset, self._ruleset.unknown_policy)
        lax = next(self._laxer_moments([stranger], self._ruleset.people.values()), None)
        if lax is not None:
            at = datetime.fromtimestamp(lax.at, ZoneInfo(self._ruleset.timezone))
            message = (
                f"unknown devices may do more than {lax.than.name}, "
                f"for example on {at:%a %H:%M}: {next(lax.ways)}"
            )
            cure = "write `policy: strictest`"
            yield self._problem(("unknown_devices", "policy"), message, cure)

    def lax_addresses(self) -> Iterator[Problem]:
        """Yield a warning where it is worth taking an address: once for all with equal rules."""
        device_by_person = dict(self._takeable())
        people = [self._ruleset.people[name] for name in device_by_person]
        strangers: Iterable[Person] = strictest_of(self._ruleset)
        if self._ruleset.unknown_policy:
            strangers = [nobody(self._ruleset, self._ruleset.unknown_policy)]
        for lax in self._laxer_moments(people, strangers):
            name = lax.asker.name
            at = device_by_person[name]
            has_address = bool(self._ruleset.people[name].devices[at].addresses)
            who, cure = _TAKEN_ADDRESS if has_address else _TAKEN_NETWORK
            message = f"{who} may do more than an unknown device: {next(lax.ways)}"
            path = ("people", name, "devices", at)
            yield self._problem(path, message, cure)

    def _takeable(self) -> Iterator[tuple[str, int]]:
        """Yield people with the first device whose address others could take: one of a kind."""
        told: set[tuple[str, str]] = set()
        for person in self._ruleset.people.values():
            key = (person.policy, person.timezone)
            has_own_rules = _has_own_rules(person)
            if not has_own_rules and key in told:
                continue
            at = _takeable_device(person)
            if at is None:
                continue
            if not has_own_rules:
                told.add(key)
            yield person.name, at

    def _laxer_moments(
        self, askers: Iterable[Person], others: Iterable[Person]
    ) -> Iterator[LaxerMoment]:
        return laxer_moments(self._ruleset, self._house, askers, others, self._now)

    def _identify(self, who: str) -> Identity:
        person = self._ruleset.people.get(who)
        if person is None:
            return self._identifier.identify(read_address(who))
        return Identity(who, person.devices[0].name if person.devices else "", ())

    def _zone(self, identity: Identity) -> ZoneInfo:
        person = self._ruleset.people.get(identity.person)
        return ZoneInfo(person.timezone if person else self._ruleset.timezone)

    def _problem(self, path: ValuePath, message: str, cure: str) -> Problem:
        return self._places.problem(path, message, cure, self._places.of_value(path))


def _meets(verdict: Verdict, expectation: Expectation) -> bool:
    if (verdict.action is Action.BLOCK) is not expectation.is_blocked:
        return False
    rule = verdict.rule
    speakers = (rule.schedule, rule.category, verdict.row, rule.text, rule.text.partition(": ")[2])
    return not expectation.by or expectation.by in speakers


def _unmet_words(verdict: Verdict, expectation: Expectation, at: datetime) -> str:
    rule = verdict.rule
    said = "blocked" if verdict.action is Action.BLOCK else "allowed"
    asked = "blocked" if expectation.is_blocked else "allowed"
    by = f" by {quoted(expectation.by)}" if expectation.by else ""
    cause = f"{rule.schedule}: {rule.text}" if rule.schedule else rule.text
    where = f" at {rule.where}" if rule.where else ""
    return (
        f"{names.to_text(expectation.name)} on {at:%a %Y-%m-%d %H:%M} is {said} "
        f"({verdict.row}, {cause}{where}), not {asked}{by}"
    )


def _has_own_rules(person: Person) -> bool:
    has_windows = bool(person.schedules or person.during) or person.holidays is not None
    return has_windows or person.allow != _NOTHING or bool(person.safe_search)


def _is_loopback(text: str) -> bool:
    """Whether *text*, an address or a network as `units` writes it, is on this machine alone."""
    return text.startswith("127.") or text in ("::1", "::1/128")


_TAKEN_ADDRESS: Final = (
    "whoever takes this address",
    "add its `mac:`, so that the address counts with that alone",
)
_TAKEN_NETWORK: Final = (
    "whoever gets into this network",
    "let nobody else into it; where that cannot be, name its devices by their `mac:`",
)


def _takeable_device(person: Person) -> int | None:
    """Return the first device whose address somebody else could take and count for it."""
    for at, device in enumerate(person.devices):
        takeable = device.networks if device.is_pinned else device.addresses + device.networks
        if not all(map(_is_loopback, takeable)):
            return at
    return None
