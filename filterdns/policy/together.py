"""The rules of many people taken together, for unknown devices: one policy of each kind of rules.

A school has thousands of people, and at each moment few kinds of rules hold for them. Whoever has
hours of their own changes from one to another; nobody else is looked at then.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import Generic, NamedTuple, Protocol, TypeVar

from filterdns.policy.ruleset import Person
from filterdns.policy.verdict import AnswerMode
from filterdns.steps import Steps

Kind = tuple[bytes, AnswerMode, int]
"""What is the same for people who are answered alike now: rules, how, and for how long."""


class Holding(Protocol):
    """A policy that holds for a time, as `EffectivePolicy` does."""

    @property
    def rules_key(self) -> bytes:
        """What changes with whatever may change a verdict."""
        ...

    @property
    def answer(self) -> AnswerMode:
        """How blocks are answered."""
        ...

    @property
    def max_ttl_seconds(self) -> int:
        """For how long answers live at most."""
        ...

    @property
    def valid_from(self) -> float:
        """Since when it has held, in Unix seconds."""
        ...

    @property
    def valid_until(self) -> float:
        """Before when it ends, in Unix seconds."""
        ...

    def holds_at(self, now: float) -> bool:
        """Whether it holds at *now* (Unix seconds)."""
        ...


Policy = TypeVar("Policy", bound=Holding)


class Together(NamedTuple, Generic[Policy]):
    """Distinct *members*, and from when until before when nobody of all becomes another."""

    members: tuple[Policy, ...]
    since: float
    until: float


class _Known(NamedTuple):
    kind: Kind
    since: float
    until: float


class Gathering(Generic[Policy]):
    """Remembers of people, who are always the same in the same order, what held for them."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._policy_by_kind: dict[Kind, Policy] = {}

    def at(
        self,
        people: Iterable[Person | None],
        now: float,
        compile_one: Callable[[Person], Policy],
    ) -> Steps[Together[Policy]]:
        """Take *people* together as they are at *now* (Unix seconds), one a step; None is nobody.

        Of a kind the policy that holds longest stands for all: its words tell when the last one is
        free. Steps may be taken of two moments in turn.
        """
        found: dict[Kind, Policy] = {}
        since, until = -inf, inf
        for number, person in enumerate(people):
            if person is not None:
                known = self._known.get(number)
                if known is None or not self._holds(known, now):
                    known = self._known[number] = self._learn(compile_one(person), now)
                found[known.kind] = self._policy_by_kind[known.kind]
                since, until = max(since, known.since), min(until, known.until)
            yield
        self._policy_by_kind = dict(found)
        return Together(tuple(found.values()), since, until)

    def _holds(self, known: _Known, now: float) -> bool:
        if not known.since <= now < known.until:
            return False
        policy = self._policy_by_kind.get(known.kind)
        return policy is not None and policy.holds_at(now)

    def _learn(self, policy: Policy, now: float) -> _Known:
        kind = (policy.rules_key, policy.answer, policy.max_ttl_seconds)
        best = self._policy_by_kind.get(kind)
        if best is None or not best.holds_at(now) or best.valid_until < policy.valid_until:
            self._policy_by_kind[kind] = policy
        return _Known(kind, policy.valid_from, policy.valid_until)
