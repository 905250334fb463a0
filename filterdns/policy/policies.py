"""The effective policies of a ruleset: compiled when first asked for, kept while they hold.

They outlive a new ruleset in which nothing changes for them, so that what hangs on them lives on.
"""

from math import inf
from typing import Final, NamedTuple, TypeVar

from filterdns.policy.client import Doubt, Identity
from filterdns.policy.compiler import PolicyCompiler
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.ruleset import Ruleset
from filterdns.steps import Steps, at_once

Asker = tuple[str, tuple[str, ...], bool, Doubt]
"""A person, the places, whether the time is known, what is in doubt: what it is looked up by."""


class Twins(NamedTuple):
    """Two policies that differ in nothing but in what the lists of their houses hold."""

    old: EffectivePolicy
    new: EffectivePolicy


class EffectivePolicies:
    """The policies of *ruleset*; *house* is that of the same ruleset.

    *previous* hands on each policy whose content is still the same.
    """

    def __init__(
        self, ruleset: Ruleset, house: House, previous: "EffectivePolicies | None" = None
    ) -> None:
        self.ruleset = ruleset
        self.house = house
        self._compiler = PolicyCompiler(ruleset, house)
        self._policy_by_asker: dict[Asker, EffectivePolicy] = {}
        self._ready_by_asker: dict[Asker, EffectivePolicy] = {}  # made before anybody has asked
        self._swept_at = -inf
        if previous is not None:
            self._compiler.adopt(previous._compiler)  # noqa: SLF001 - the same class

    def twins_of(self, previous: "EffectivePolicies") -> Steps[list[Twins]]:
        """Make each policy of *previous* anew that differs in nothing but in what is listed.

        None where more has changed in the house, or nothing.
        """
        twins: list[Twins] = []
        old, new = previous.house, self.house
        if old.key == new.key or old.frame_key != new.frame_key:
            return twins
        for policy in list(previous._compiler.policy_by_key.values()):  # noqa: SLF001 - the same class
            twins.append(Twins(policy, self._compiler.twin(policy)))
            yield
        return twins

    def policy_for(
        self, identity: Identity, now: float, *, is_time_known: bool = True
    ) -> EffectivePolicy:
        """Return what holds for *identity* at *now* (Unix seconds).

        A person whom the ruleset does not know is an unknown device.
        """
        asker = (identity.person, identity.places, is_time_known, identity.doubt)
        policy = self._policy_by_asker.get(asker)
        if policy is None or not policy.holds_at(now):
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
            person, places, is_time_known, doubt = asker
            if self._asks_for_strictest(person, doubt):
                policy = yield from self._compiler.strictest(places, now, is_time_known, doubt)
                self._ready_by_asker[asker] = policy

    def next_long_change(self, now: float) -> float:
        """Return when the first policy ends after *now* (Unix seconds) that takes long to follow.

        Infinity where there is none.
        """
        ends = (policy.valid_until for policy in self._used().values() if policy.members)
        return min((end for end in ends if now < end), default=inf)

    def _used(self) -> dict[Asker, EffectivePolicy]:
        """Return what has been asked for, and what is ready though nobody has asked since."""
        return self._ready_by_asker | self._policy_by_asker

    def _take_ready(self, asker: Asker, now: float) -> EffectivePolicy | None:
        policy = self._ready_by_asker.pop(asker, None)
        if policy is None or not policy.holds_at(now):
            return None
        for each in (policy, *policy.members):  # forgotten if they were yet to come
            self._compiler.policy_by_key.setdefault(each.key, each)
        return policy

    def _drop_others(self, now: float) -> None:
        """Forget what does not hold now, at most once a minute however many ask at bedtime.

        What is yet to come goes, too: a clock that was ahead has left it behind. Of what was made
        ready only what has ended.
        """
        if self._swept_at <= now < self._swept_at + _SWEEP_SECONDS:
            return
        self._swept_at = now
        compiler = self._compiler
        compiler.policy_by_key = _holding(compiler.policy_by_key, now)
        self._policy_by_asker = _holding(self._policy_by_asker, now)
        self._ready_by_asker = {
            asker: policy
            for asker, policy in self._ready_by_asker.items()
            if now < policy.valid_until
        }

    def _compile(self, identity: Identity, now: float, is_time_known: bool) -> EffectivePolicy:
        ruleset, places, compiler = self.ruleset, identity.places, self._compiler
        if self._asks_for_strictest(identity.person, identity.doubt):
            return at_once(compiler.strictest(places, now, is_time_known, identity.doubt))
        person = ruleset.people.get(identity.person) or compiler.nobody(ruleset.unknown_policy)
        return compiler.person(person, places, now, is_time_known)

    def _asks_for_strictest(self, person: str, doubt: Doubt) -> bool:
        ruleset = self.ruleset
        is_known = person in ruleset.people or bool(ruleset.unknown_policy)
        return bool(doubt or not is_known) and bool(ruleset.policies)


_SWEEP_SECONDS: Final = 60
Key = TypeVar("Key")


def _holding(policies: dict[Key, EffectivePolicy], now: float) -> dict[Key, EffectivePolicy]:
    return {key: policy for key, policy in policies.items() if policy.holds_at(now)}
