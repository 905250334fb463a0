"""What a person and the policy together wish: windows (A8), names, services, categories (A10, A11).

Of lifelines, too: which of them an adult has given up (A4).

At equal length the person's wish wins over the policy's. In one place, where the config lets both
stand, a name wins over a service, and a block over an allow.
"""

from collections.abc import Iterable, Mapping

from filterdns.dns.names import suffixes
from filterdns.policy.house import House
from filterdns.policy.reason import NAME_WORDS
from filterdns.policy.ruleset import During, Person, PolicyRules
from filterdns.policy.verdict import Action, Row, Rule, Verdict


def windows_of(rules: PolicyRules, person: Person) -> tuple[During, ...]:
    """Return the entries of `during:` of row A8: the person's own, then what they leave."""
    if not person.during:
        return rules.during
    own = {entry.schedule for entry in person.during}
    return person.during + tuple(entry for entry in rules.during if entry.schedule not in own)


def compile_names(rules: PolicyRules, person: Person, house: House) -> Mapping[bytes, Verdict]:
    """Return the verdicts of row A10 by name, each covering what lies below it.

    An allowed service counts as its names. A service that the person blocks has its row later
    (A11), so what the policy allows of it is left out.
    """
    blocked = _names_blocked_by(person, house)
    allow = rules.allow
    policy = {
        **_allow(_service_names(allow.services, house)),
        **_allow(allow.parts.items()),
        **_allow(allow.names.items()),
    }
    return {
        **{name: verdict for name, verdict in policy.items() if name not in blocked},
        **_block(rules.block.names.items()),
        **_allow(_service_names(person.allow.services, house)),
        **_allow(person.allow.names.items()),
        **_block(person.block.names.items()),
    }


def names_allowed_exactly(
    rules: PolicyRules, person: Person, house: House, names: Mapping[bytes, Verdict]
) -> frozenset[bytes]:
    """Return the names that an adult allowed in so many words, which is what lifts row A5.

    *names* is what `compile_names` returned.
    """
    written = {*person.allow.names, *rules.allow.names.keys() - _names_blocked_by(person, house)}
    return frozenset(name for name in written if names[name].action is Action.ALLOW)


def compile_given_up(
    rules: PolicyRules, person: Person, house: House, names: Mapping[bytes, Verdict]
) -> Mapping[bytes, Verdict]:
    """Return what row A4 says in another way than the house: lifelines that an adult gave up.

    That counts only while the very name is blocked, and leaves open what is allowed below it.
    *names* is what `compile_names` returned.
    """
    given_up = {
        name: Verdict(Action.BLOCK, Row.LIFELINE, rule, listed=name)
        for name, rule in {**rules.given_up, **person.given_up}.items()
        if name in names and names[name].action is Action.BLOCK
    }
    if not given_up:
        return given_up
    kept = {
        name: house.protection(name)
        for name, verdict in names.items()
        if verdict.action is Action.ALLOW and not given_up.keys().isdisjoint(suffixes(name))
    }
    return given_up | {name: verdict for name, verdict in kept.items() if verdict is not None}


def blocked_services(rules: PolicyRules, person: Person) -> Mapping[str, Rule]:
    """Return the services of row A11. Those that are allowed have spoken in row A10 already."""
    return {**rules.block.services, **person.block.services}


def blocked_categories(rules: PolicyRules, person: Person, house: House) -> Mapping[str, Rule]:
    """Return the categories of row A11; a person may leave those of the policy but locked ones."""
    return {
        category: rule
        for category, rule in {**rules.block.categories, **person.block.categories}.items()
        if category in person.block.categories
        or category not in person.allow.categories
        or category in house.locked_categories
    }


def _names_blocked_by(person: Person, house: House) -> frozenset[bytes]:
    return frozenset(name for name, _ in _service_names(person.block.services, house))


def _service_names(services: Mapping[str, Rule], house: House) -> Iterable[tuple[bytes, Rule]]:
    for service, rule in services.items():
        for name in house.services.get(service, ()):
            yield name, rule


def _allow(rules: Iterable[tuple[bytes, Rule]]) -> dict[bytes, Verdict]:
    return {name: Verdict(Action.ALLOW, Row.NAME, rule, listed=name) for name, rule in rules}


def _block(rules: Iterable[tuple[bytes, Rule]]) -> dict[bytes, Verdict]:
    return {
        name: Verdict(
            Action.BLOCK, Row.NAME, rule._replace(reason=rule.reason or NAME_WORDS), listed=name
        )
        for name, rule in rules
    }
