"""The heart: what happens to a question, and to the names that its answer points to.

The first row that speaks wins. The order stands in `_first_to_speak`, with the reason for each
place; the rows are the documented ones of docs/policy.md. What they let through may be rewritten
then (stage B): an allow entry opens an engine, and leaves it locked to safe results.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import suffixes
from filterdns.policy.asked import Asked
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.restriction import Restriction
from filterdns.policy.safe_search import rewrite
from filterdns.policy.special import LocalZone
from filterdns.policy.verdict import ALLOWED, SEALED, Action, AnswerMode, Row, Rule, Verdict


def decide(name: bytes, qtype: int, policy: EffectivePolicy) -> Verdict:
    """Return the verdict on the question (*name*, *qtype*) under *policy*, which must hold now.

    Asks the lists at most once, and only where a row needs to know.
    """
    return judge(Asked(name, qtype, policy.house), policy)


def judge(asked: Asked, policy: EffectivePolicy) -> Verdict:
    """Return the verdict on *asked*, as `decide` does for a name that is made up or shared."""
    if policy.members:
        verdict, mode = _strictest(asked, policy)
    else:
        verdict, mode = _first_to_speak(asked, policy), policy.answer
    if verdict.action is not Action.BLOCK:
        if not policy.rewrites or verdict.row in KEPT_ROWS:
            return verdict
        return rewrite(verdict, asked.name, asked.qtype, policy.rewrites)
    if asked.qtype in _FORWARDED_TYPES and verdict.row is not Row.SEALED:
        return _FORWARDED
    mode = verdict.answer or mode
    if mode is AnswerMode.NXDOMAIN and (
        asked.name in policy.above_open or asked.name in policy.house.above_open
    ):
        # NXDOMAIN would deny what is open below the name as well (RFC 8020 section 2).
        mode = AnswerMode.NODATA
    return verdict if mode is (verdict.answer or policy.answer) else verdict._replace(answer=mode)


def decide_answer(
    name: bytes, qtype: int, leads: Leads, verdict: Verdict, policy: EffectivePolicy
) -> Verdict:
    """Return *verdict* on the question (*name*, *qtype*), or the BLOCK of where its answer *leads*.

    This is stage C. Whatever let the asked name through, no target may be sealed. Targets and
    addresses meet the bypass kit, and what the asked name was not let through on purpose for: after
    row A12 also the blocks of places, schedules, names and categories. What a
    rewritten question leads to (row B) was chosen by us, so no category judges it. `internet: off`
    and `allow-only` speak of the asked name alone, because nobody can list the machines behind it.
    """
    if verdict.action is Action.BLOCK:
        return verdict
    house = policy.house
    sealed, targets = house.sealed, leads.targets
    if sealed is not None and any(sealed.covers(suffixes(each)) for each in targets):
        return _for_alias(SEALED, policy.answer, policy.answer)
    if verdict.row in KEPT_ROWS or qtype in _FORWARDED_TYPES:
        return verdict
    members = policy.members or (policy,)
    for target in targets:
        asked = Asked(target, qtype, house)
        for member in members:
            found = _target_block(asked, verdict.row, member)
            if found is not None:
                return _for_alias(found, member.answer, policy.answer)
    # Behind the names: a list of addresses hits whoever shares the machine.
    categories = _categories(leads.addresses, house) if policy.checks_addresses else _NO_CATEGORIES
    for member in members if categories else ():
        found = address_block(name, categories, verdict.row, member)
        if found is not None:
            return _for_alias(found, member.answer, policy.answer)
    # Last, and whatever an adult allows by name: that says nothing of the way home.
    for member in members if leads.is_private else ():
        found = _rebinding(name, member)
        if found is not None:
            return _for_alias(found, member.answer, policy.answer)
    return verdict


def address_block(
    name: bytes, categories: frozenset[str], row: Row, policy: EffectivePolicy
) -> Verdict | None:
    """Return the BLOCK of an address that *categories* list, in an answer to *name*.

    *row* has let the name through. Nobody allows addresses, so an adult's exact name lifts A5 for
    those that it has.
    """
    found = None if name in policy.bypass_lifted else policy.bypass.find_category(categories)
    if found is not None or row is not Row.DEFAULT:
        return found
    restrictions = (*policy.place, *policy.schedule)
    for blocked in (*(each.blocked for each in restrictions), policy.blocked):
        found = blocked.find_category(categories)
        if found is not None:
            return found
    return None


def _first_to_speak(asked: Asked, policy: EffectivePolicy) -> Verdict:
    house = policy.house
    return (
        # A1 sealed lists come first, because nobody may lift them.
        (SEALED if house.sealed is not None and house.sealed.covers(asked.suffixes) else None)
        # A2 to A4 before everything that closes; see there for their order.
        or _kept(asked, policy)
        # A5 before grants and allows: a tunnel that is opened for a moment outlives the moment.
        or _bypass(asked, policy)
        # A6 pauses and grants: an adult's latest word beats the timetable. None are given yet.
        # A7 before the person's own rules: a place restricts whoever is in it.
        or (_restricted(asked, policy.place) if policy.place else None)
        # A8 before names: bedtime means all sites that it does not spare.
        or (_restricted(asked, policy.schedule) if policy.schedule else None)
        # A9 budgets: what is used up is closed before its names are looked at. None are set yet.
        # A10 before categories: one name is more specific than a kind of content.
        or (_named(asked, policy) if policy.names else None)
        # A11 last of the blocks: the wide net.
        or policy.blocked.find(asked)
        # A11 still: while the list of a blocked kind is missing, unknown names wait for it.
        or policy.pending
        # A12 what nothing speaks against is open.
        or ALLOWED
    )


def _kept(asked: Asked, policy: EffectivePolicy) -> Verdict | None:
    """Return what the house says before anybody's policy: rows A2 to A4."""
    house = policy.house
    if house.kept.isdisjoint(asked.suffixes):  # nearly every name; saves looking thrice
        return None
    return (
        # A2 before all that people write: these names mean nothing outside, for nobody.
        _special(asked, house)
        # A3 before any block: the printer works at bedtime, and no list may take our own names.
        or _local(asked, house)
        # A4 before everything that closes: help and the machinery of devices stay reachable.
        or _protected(asked, policy)
    )


def _special(asked: Asked, house: House) -> Verdict | None:
    if asked.name in house.hosts:
        return None
    return _in_zone(asked, house.special_zones, house)


def _local(asked: Asked, house: House) -> Verdict | None:
    return house.hosts.get(asked.name) or _in_zone(asked, house.reverse_zones, house)


def _in_zone(asked: Asked, zones: Mapping[bytes, LocalZone], house: House) -> Verdict | None:
    for name in asked.suffixes:
        zone = zones.get(name)
        if zone is None:
            continue
        if zone.apex is not None and name == asked.name:
            return None if asked.qtype == codes.DS else zone.apex
        if zone.denies_all and asked.name in house.above_hosts:
            return house.above_host
        return zone.below
    return None


def _protected(asked: Asked, policy: EffectivePolicy) -> Verdict | None:
    given_up, protected = policy.given_up, policy.house.protected
    for name in asked.suffixes:
        verdict = given_up.get(name) or protected.get(name)
        if verdict is not None:
            return verdict
    return None


def _bypass(asked: Asked, policy: EffectivePolicy) -> Verdict | None:
    if asked.name in policy.bypass_lifted:
        return None
    return policy.bypass.find(asked)


def _restricted(asked: Asked, restrictions: Sequence[Restriction]) -> Verdict | None:
    for restriction in restrictions:
        verdict = restriction.find(asked)
        if verdict is not None:
            return verdict
    return None


def _named(asked: Asked, policy: EffectivePolicy) -> Verdict | None:
    names = policy.names
    if names.keys().isdisjoint(asked.suffixes):
        return None
    for name in asked.suffixes:
        verdict = names.get(name)
        if verdict is None:
            continue
        if verdict.action is Action.BLOCK:
            return verdict
        return policy.locked.find(asked, longer_than=len(name)) or verdict
    return None


def _strictest(asked: Asked, policy: EffectivePolicy) -> tuple[Verdict, AnswerMode]:
    """Return the strictest verdict of the members, with the answer mode of the one that gave it.

    But a lifeline is closed only where all have given it up: who asks may be somebody else's child.
    """
    found = []
    for member in policy.members:
        verdict = _first_to_speak(asked, member)
        if verdict.closes_for_others:
            return verdict, member.answer
        found.append((verdict, member.answer))
    return min(found, key=_laxness)


def _laxness(found: tuple[Verdict, AnswerMode]) -> tuple[bool, bool]:
    """Order what nobody blocks: what is open, and of that what stage C looks at closest."""
    verdict, _ = found
    return verdict.action is Action.BLOCK, verdict.row is not Row.DEFAULT


def _target_block(asked: Asked, row: Row, policy: EffectivePolicy) -> Verdict | None:
    protected = _protected(asked, policy)
    if protected is not None and protected.action is Action.ALLOW:
        return None
    found = _bypass(asked, policy)
    if found is not None or row is not Row.DEFAULT:
        return found
    found = (
        protected  # given up
        or _blocked_within(asked, policy.place)
        or _blocked_within(asked, policy.schedule)
        or _named(asked, policy)
        or policy.blocked.find(asked)
    )
    return found if found is not None and found.action is Action.BLOCK else None


def _categories(addresses: Sequence[bytes], house: House) -> frozenset[str]:
    """Return all categories that list one of *addresses*."""
    categories_of = house.claims.categories_of
    return _NO_CATEGORIES.union(*map(categories_of, addresses))


def _rebinding(name: bytes, policy: EffectivePolicy) -> Verdict | None:
    return None if policy.rebinding is None else policy.rebinding.find(suffixes(name))


def _blocked_within(asked: Asked, restrictions: Sequence[Restriction]) -> Verdict | None:
    for restriction in restrictions:
        verdict = restriction.blocked.find(asked)
        if verdict is not None:
            return verdict
    return None


def _for_alias(found: Verdict, mode: AnswerMode, policy_mode: AnswerMode) -> Verdict:
    """Return *found* as the verdict on a name that leads to a blocked one.

    Never NXDOMAIN: the asked name is not listed, and what lies below it may be open.
    """
    mode = found.answer or mode
    if mode is AnswerMode.NXDOMAIN:
        mode = AnswerMode.NODATA
    return found._replace(row=Row.ANSWER, answer=None if mode is policy_mode else mode)


_NO_CATEGORIES: Final = frozenset[str]()
# So that an allowed name below a blocked zone still validates downstream (RFC 4035 section 5).
_FORWARDED_TYPES: Final = frozenset({codes.DS, codes.DNSKEY})
_FORWARDED: Final = Verdict(
    Action.ALLOW, Row.DEFAULT, Rule("DS and DNSKEY of blocked names are forwarded")
)
KEPT_ROWS: Final = frozenset({Row.SPECIAL, Row.LOCAL, Row.LIFELINE})
"""Rows whose ALLOW is not rewritten, and holds wherever the answer leads, but to a sealed name."""
