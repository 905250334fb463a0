"""A policy compiled for one stretch of time, nothing left to interpret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from filterdns.policy.house import House
from filterdns.policy.rebinding import RebindingGuard
from filterdns.policy.restriction import Blocked, Restriction
from filterdns.policy.safe_search import Wishes
from filterdns.policy.verdict import AnswerMode, LogMode, Rule, Verdict

_NOTHING: Final = Blocked({}, {})


@dataclass(slots=True, eq=False, kw_only=True)
class EffectivePolicy:
    """What holds for some people from *valid_from* until before *valid_until* (Unix seconds).

    *key* changes with anything that matters, *rules_key* only with what may change a verdict; both
    begin with the key of the *house*. Of *members*, if any, the strictest decides, and the tables
    of stage A stay empty. *given_up* is what row A4 says in another way than the house.
    *checks_addresses* tells whether lists of addresses have a say, *ech* is the rule by which keys
    for Encrypted ClientHello are taken out of answers, None where they stay. *rewrites* are the
    verdicts of row B by exact name, made of the wishes in *safe_search*. *house* is replaced by an
    equal one when a new ruleset keeps the policy; nothing else ever changes.
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
    given_up: Mapping[bytes, Verdict] = field(default_factory=dict)
    bypass: Blocked = _NOTHING
    bypass_lifted: frozenset[bytes] = frozenset()
    place: tuple[Restriction, ...] = ()
    schedule: tuple[Restriction, ...] = ()
    names: Mapping[bytes, Verdict] = field(default_factory=dict)
    blocked: Blocked = _NOTHING
    locked: Blocked = _NOTHING
    pending: Verdict | None = None
    above_open: frozenset[bytes] = frozenset()
    rebinding: RebindingGuard | None = None
    checks_addresses: bool = False
    ech: Rule | None = None
    safe_search: Wishes = field(default_factory=dict)
    rewrites: Mapping[bytes, Verdict] = field(default_factory=dict)

    def holds_at(self, now: float) -> bool:
        """Whether it holds at *now* (Unix seconds)."""
        return self.valid_from <= now < self.valid_until
