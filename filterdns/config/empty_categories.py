"""Categories of which nothing is known, though the config uses them."""

from collections.abc import Iterator

from filterdns.blocklists.job import STARTER
from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.places import Place
from filterdns.config.presets import FILE as PRESETS_FILE
from filterdns.config.presets import preset_uses
from filterdns.config.units import quoted
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import Rule


def empty_categories(compiled: Compiled, listed: frozenset[str]) -> Iterator[Doubt]:
    """Yield categories that the config uses and that nothing feeds, where it uses them first."""
    fed = _fed_categories(compiled, listed)
    told: set[str] = set()
    for rule in _category_rules(compiled):
        category = rule.category
        if category in fed or category in told or _is_of_preset(rule):
            continue
        told.add(category)
        cure = f"add sources: [file:PATH] under categories: {{{category}: …}}"
        message = f"the category {quoted(category)} has no entries, so this does nothing"
        yield Doubt((), message, cure, Place.from_text(rule.where))


def unused_categories(compiled: Compiled) -> Iterator[Doubt]:
    """Yield categories that the config feeds and that no rule speaks of."""
    used = {rule.category for rule in _category_rules(compiled)}
    for policy in compiled.ruleset.policies.values():
        used |= policy.allow.categories.keys() | policy.bypass.keys()
    for person in compiled.ruleset.people.values():
        used |= person.allow.categories.keys()
    for name, section in compiled.config.document.categories.items():
        if name not in used and not section.sealed:
            cure = "name it under `block:`, `except:` or `allow-only:`, or remove it"
            yield Doubt(("categories", name), "no rule speaks of this category", cure)


def presets_without_lists(compiled: Compiled, listed: frozenset[str]) -> Iterator[Doubt]:
    """Yield the first use of a preset if of what presets block all goes without that needs lists.

    Who has added one list knows of them, and the others may be left out on purpose.
    """
    document, fed = compiled.config.document, _fed_categories(compiled, listed)
    shipped = {each.category for each in compiled.sources if each.name == STARTER}
    names = {rule.category for rule in _category_rules(compiled) if _is_of_preset(rule)} - shipped
    path = next(preset_uses(document, compiled.config.places), None)
    if path is None or not names or names & fed:
        return
    message = f"it blocks {', '.join(sorted(names))} as well, but no names of these ship"
    cure = "add public lists, such as categories: {malware: {sources: [catalog:malware]}}"
    yield Doubt(path, message, cure, compiled.config.places.of_value(path))


def _fed_categories(compiled: Compiled, listed: frozenset[str]) -> frozenset[str]:
    """Return the categories of which something is known, or will be once its list has come."""
    categories = compiled.ruleset.categories
    named = {name for name, category in categories.items() if category.names}
    return listed.union(named, (source.category for source in compiled.sources if source.url))


def _is_of_preset(rule: Rule) -> bool:
    return rule.where.startswith(f"{PRESETS_FILE}:")


def _category_rules(compiled: Compiled) -> Iterator[Rule]:
    ruleset = compiled.ruleset
    during = [entry for policy in ruleset.policies.values() for entry in policy.during]
    during += [entry for place in ruleset.places.values() for entry in place.during]
    during += [entry for person in ruleset.people.values() for entry in person.during]
    selections = [policy.block for policy in ruleset.policies.values()]
    selections += [person.block for person in ruleset.people.values()]
    for entry in during:
        selections += [entry.block, entry.exempt, entry.allow_only or Selection()]
    for selection in selections:
        yield from selection.categories.values()
