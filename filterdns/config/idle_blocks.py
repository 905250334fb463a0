"""Entries of `block:` that change nothing for anybody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.model import DuringSection
from filterdns.config.places import ValuePath
from filterdns.config.units import quoted
from filterdns.dns.names import suffixes
from filterdns.policy.ruleset import During, Selection
from filterdns.policy.verdict import ESSENTIAL, LIFELINE, Rule


def idle_blocks(compiled: Compiled) -> Iterator[Doubt]:
    """Yield the entries that stand twice, are covered by others, or may not be blocked."""
    ruleset = compiled.ruleset
    protected = {**ruleset.essentials, **ruleset.lifelines}
    for written in _block_lists(compiled):
        entry_by_place = _entries(written.block)
        for at, text in enumerate(written.texts):
            path = (*written.path, at)
            entry = entry_by_place.get(str(compiled.config.places.of_value(path)))
            if entry is None:
                yield Doubt(path, f"{quoted(text)} stands in this list twice", "remove one")
                continue
            guard = _above(entry, protected) if isinstance(entry, bytes) else None
            if guard and entry not in written.given_up:
                message = f"{quoted(text)} stays open: {guard.text}"
                yield Doubt(path, message, _CURES[guard.category])
                continue
            cover = _cover(entry, written)
            if cover:
                message = f"{quoted(text)} is blocked already by {cover.text} at {cover.where}"
                yield Doubt(path, message, "remove one of the two")


_CURES: Final = {
    ESSENTIAL: "remove it, devices depend on it",
    LIFELINE: "remove it; if you mean it, say why in lifeline_blocked_because: beside `block:`",
}


class _BlockList(NamedTuple):
    """A `block:` as written, what it came to, and what blocks and allows the same askers anyway."""

    path: ValuePath
    texts: tuple[str, ...]
    block: Selection
    given_up: Mapping[bytes, Rule] = {}
    also_blocked: Selection = Selection()
    allowed: Selection = Selection()


def _block_lists(compiled: Compiled) -> Iterator[_BlockList]:
    ruleset, document = compiled.ruleset, compiled.config.document
    for name, section in document.policies.items():
        policy = ruleset.policies[name]
        path: ValuePath = ("policies", name, "block")
        base = ruleset.policies.get(section.extends or "")
        inherited = base.block if base else Selection()
        yield _BlockList(
            path, section.block, policy.block, policy.given_up, inherited, policy.allow
        )
        own = [each for each in policy.during if each.schedule in section.during]
        yield from _during_lists(("policies", name, "during"), section.during, own)
    for name, group in document.groups.items():
        path = ("groups", name, "during")
        yield from _during_lists(path, group.during, ruleset.places[name].during)
    for name, person in document.people.items():
        compiled_person = ruleset.people[name]
        policy = ruleset.policies[person.policy]
        path = ("people", name, "block")
        given_up = {**policy.given_up, **compiled_person.given_up}
        yield _BlockList(
            path, person.block, compiled_person.block, given_up, policy.block, policy.allow
        )
        path = ("people", name, "during")
        yield from _during_lists(path, person.during, compiled_person.during)


def _during_lists(
    path: ValuePath, sections: Mapping[str, DuringSection], entries: Sequence[During]
) -> Iterator[_BlockList]:
    for entry in entries:
        texts = sections[entry.schedule].block
        yield _BlockList((*path, entry.schedule, "block"), texts, entry.block)


def _entries(selection: Selection) -> dict[str, bytes | str]:
    """Return names, services and categories by the place of their rules."""
    return {
        rule.where: entry
        for rules in (selection.names, selection.services, selection.categories)
        for entry, rule in rules.items()
    }


def _cover(entry: bytes | str, written: _BlockList) -> Rule | None:
    other = written.also_blocked
    if isinstance(entry, str):
        return other.services.get(entry) or other.categories.get(entry)
    for name in suffixes(entry):
        if name != entry and name in written.allowed.names:
            return None
        rule = other.names.get(name) or (written.block.names.get(name) if name != entry else None)
        if rule:
            return rule
    return None


def _above(name: bytes, rules: Mapping[bytes, Rule]) -> Rule | None:
    return next((rules[each] for each in suffixes(name) if each in rules), None)
