"""What no clock changes of somebody's rules: names and kinds, allowed and blocked, as look-ups."""

from collections.abc import Mapping
from typing import NamedTuple

from filterdns.policy.house import House
from filterdns.policy.rebinding import RebindingGuard, compile_rebinding
from filterdns.policy.restriction import Blocked, compile_blocked
from filterdns.policy.ruleset import Person, PolicyRules
from filterdns.policy.verdict import Rule, Verdict
from filterdns.policy.wishes import (
    blocked_categories,
    blocked_services,
    compile_given_up,
    compile_names,
    names_allowed_exactly,
)


class Tables(NamedTuple):
    """What an `EffectivePolicy` holds at any time; *categories* are the rules of row A11."""

    names: Mapping[bytes, Verdict]
    given_up: Mapping[bytes, Verdict]
    bypass_lifted: frozenset[bytes]
    categories: Mapping[str, Rule]
    blocked: Blocked
    locked: Blocked
    rebinding: RebindingGuard


def compile_tables(rules: PolicyRules, person: Person, house: House) -> Tables:
    """Compile what *rules*, the policy of *person*, and the person say together."""
    names = compile_names(rules, person, house)
    categories = blocked_categories(rules, person, house)
    blocked = compile_blocked(blocked_services(rules, person), categories, house)
    return Tables(
        names=names,
        given_up=compile_given_up(rules, person, house, names),
        bypass_lifted=names_allowed_exactly(rules, person, house, names),
        categories=categories,
        blocked=blocked,
        locked=_locked(blocked, house),
        rebinding=compile_rebinding(rules.rebinding, house),
    )


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
