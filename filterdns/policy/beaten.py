"""The rules that would have decided, had the one that did not been there.

A question is decided again and again, each time without the rule that spoke last. So what is told
is what would have happened, and the order of the rows stands in `policy/decide.py` alone.
"""

from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Final, TypeVar

from filterdns.dns import codes
from filterdns.policy.asked import Asked
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.restriction import Blocked, Restriction
from filterdns.policy.verdict import Action, Row, Rule, Verdict

MOST_BEATEN: Final = 50  # a name is reached by a few rules, never by so many


def beaten(name: bytes, qtype: int, policy: EffectivePolicy) -> Iterator[Verdict]:
    """Yield the verdicts that each rule would have given that *policy* has behind the decisive one.

    They come in the order in which they would have decided. That nothing speaks against the name is
    not among them. Of several policies, the one that decided is meant.
    """
    # DS and DNSKEY of what is blocked are passed on; the rules of the name are those of its A.
    asked = Asked(name, qtype if qtype not in _PASSED_ON else codes.A, policy.house)
    rest = _decisive(asked, policy)
    verdict = judge(asked, rest)
    for _ in range(MOST_BEATEN):
        rest = _without(verdict, asked, rest)
        found = judge(asked, rest)
        if found.row is Row.DEFAULT or found.rule == verdict.rule:
            return
        yield found
        verdict = found


_PASSED_ON: Final = frozenset({codes.DS, codes.DNSKEY})


def _decisive(asked: Asked, policy: EffectivePolicy) -> EffectivePolicy:
    """Return the one of the members of *policy* whose verdict is that of all."""
    if not policy.members:
        return policy
    verdict = judge(asked, policy)
    return next(
        (each for each in policy.members if _is_same(judge(asked, each), verdict)),
        policy.members[0],
    )


def _is_same(verdict: Verdict, other: Verdict) -> bool:
    return (verdict.action, verdict.row, verdict.rule) == (other.action, other.row, other.rule)


def _without(verdict: Verdict, asked: Asked, policy: EffectivePolicy) -> EffectivePolicy:
    """Return *policy* without the rule that gave *verdict* on *asked*."""
    rule = verdict.rule
    match verdict.row:
        case Row.LIFELINE if verdict.action is Action.BLOCK:
            return replace(policy, given_up={})
        case Row.SEALED | Row.SPECIAL | Row.LOCAL | Row.LIFELINE:
            return replace(policy, house=_house_without(verdict.row, asked, policy.house))
        case Row.BYPASS:
            return replace(policy, bypass=_blocked_without(rule, policy.bypass))
        case Row.PLACE:
            return replace(policy, place=_restrictions_without(rule, policy.place))
        case Row.SCHEDULE:
            return replace(policy, schedule=_restrictions_without(rule, policy.schedule))
        case Row.NAME:
            names = _verdicts_without(rule, policy.names)
            # An allow of the very name has lifted row A5 as well.
            lifted = policy.bypass_lifted & names.keys()
            return replace(policy, names=names, bypass_lifted=lifted)
        case Row.CATEGORY if verdict.is_pending:
            return replace(policy, pending=None)
        case Row.CATEGORY:
            return replace(
                policy,
                blocked=_blocked_without(rule, policy.blocked),
                locked=_blocked_without(rule, policy.locked),
            )
        case Row.REWRITE:
            return replace(policy, rewrites={})
    return policy


def _house_without(row: Row, asked: Asked, house: House) -> House:
    rest = copy(house)
    match row:
        case Row.SEALED:
            rest.sealed = None
        case Row.SPECIAL:
            rest.special_zones = {}
        case Row.LOCAL:
            rest.hosts = {}
            rest.reverse_zones = {}
        case Row.LIFELINE:
            rest.protected = _less(house.protected, asked.suffixes)
    return rest


Value = TypeVar("Value")


def _less(mapping: Mapping[bytes, Value], names: Collection[bytes]) -> dict[bytes, Value]:
    return {name: value for name, value in mapping.items() if name not in names}


def _restrictions_without(
    rule: Rule, restrictions: tuple[Restriction, ...]
) -> tuple[Restriction, ...]:
    return tuple(
        each._replace(
            closed=tuple(pair for pair in each.closed if pair[1].rule != rule),
            blocked=_blocked_without(rule, each.blocked),
        )
        for each in restrictions
    )


def _blocked_without(rule: Rule, blocked: Blocked) -> Blocked:
    return blocked._replace(
        verdict_by_name=_verdicts_without(rule, blocked.verdict_by_name),
        verdict_by_category=_verdicts_without(rule, blocked.verdict_by_category),
    )


Key = TypeVar("Key", bytes, str)


def _verdicts_without(rule: Rule, verdicts: Mapping[Key, Verdict]) -> dict[Key, Verdict]:
    return {key: verdict for key, verdict in verdicts.items() if verdict.rule != rule}
