"""What a config says that is right and probably not meant."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from filterdns.blocklists.job import STARTER
from filterdns.config.compile import Compiled
from filterdns.config.model import DuringSection
from filterdns.config.places import Place, ValuePath
from filterdns.config.presets import FILE as PRESETS_FILE
from filterdns.config.presets import preset_uses
from filterdns.config.units import is_private_mac, quoted
from filterdns.dns.names import suffixes, to_text
from filterdns.errors import Problem
from filterdns.policy.ruleset import During, Selection
from filterdns.policy.verdict import Rule


def find_doubts(compiled: Compiled, listed_categories: frozenset[str]) -> Iterator[Problem]:
    """Yield everything in *compiled* that does nothing, or contradicts something else.

    *listed_categories* are those that the blocklists feed.
    """
    places = compiled.config.places
    for doubt in (
        *_unused(compiled),
        *_people_without_devices(compiled),
        *_allowed_and_blocked(compiled),
        *_idle_blocks(compiled),
        *_empty_categories(compiled, listed_categories),
        *_presets_without_lists(compiled, listed_categories),
        *_open_metrics(compiled),
        *_private_macs(compiled),
        *_wide_forwarders(compiled),
    ):
        place = doubt.place or places.of_key(doubt.path)
        if place.file == PRESETS_FILE:  # nobody can mend them there
            continue
        yield places.problem(doubt.path, doubt.message, doubt.cure, place)


class _Doubt(NamedTuple):
    path: ValuePath
    message: str
    cure: str
    place: Place | None = None


def _unused(compiled: Compiled) -> Iterator[_Doubt]:
    document = compiled.config.document
    used_policies = {document.unknown_devices.policy}
    used_policies.update(person.policy for person in document.people.values())
    used_policies.update(policy.extends or "" for policy in document.policies.values())
    for name in document.policies.keys() - used_policies:
        yield _Doubt(
            ("policies", name), "nobody has this policy", "give it to a person, or remove it"
        )
    used_schedules = {name for policy in document.policies.values() for name in policy.during}
    used_schedules.update(name for group in document.groups.values() for name in group.during)
    used_schedules.update(name for person in document.people.values() for name in person.during)
    for name, schedule in compiled.ruleset.schedules.items():
        path = ("schedules", name)
        if name not in used_schedules:
            cure = "name it under `during:` of a policy or group, or remove it"
            yield _Doubt(path, "nothing uses this schedule", cure)
        elif name not in compiled.calendars.schedules and not any(
            (*schedule.weekdays, schedule.holidays, *schedule.dates.values())
        ):
            yield _Doubt(path, "this schedule is never on", "add a line with a window of time")


def _people_without_devices(compiled: Compiled) -> Iterator[_Doubt]:
    for name, person in compiled.config.document.people.items():
        if not person.devices:
            message = f"{name} has no devices, so nothing holds for {name}"
            yield _Doubt(("people", name), message, "add devices: [{name: phone, ip: ADDRESS}]")


def _allowed_and_blocked(compiled: Compiled) -> Iterator[_Doubt]:
    """Yield names that a person allows and the policy blocks, and so on down the line."""
    ruleset, document = compiled.ruleset, compiled.config.document
    levels: list[tuple[ValuePath, Selection, Selection, str]] = [
        (("people", name), person.allow, person.block, person.policy)
        for name, person in ruleset.people.items()
    ]
    levels += [
        (("policies", name), policy.allow, policy.block, document.policies[name].extends or "")
        for name, policy in ruleset.policies.items()
    ]
    for path, allow, block, base_name in levels:
        base = ruleset.policies.get(base_name)
        if base is None:
            continue
        for name in allow.names.keys() & base.block.names.keys():
            yield _contradiction(path, name, "allowed", allow.names[name], base.block.names[name])
        for name in block.names.keys() & base.allow.names.keys():
            yield _contradiction(path, name, "blocked", block.names[name], base.allow.names[name])


def _contradiction(path: ValuePath, name: bytes, what: str, here: Rule, there: Rule) -> _Doubt:
    opposite = "blocked" if what == "allowed" else "allowed"
    text = quoted(to_text(name))
    message = f"{text} is {what} at {here.where}, which wins, and {opposite} at {there.where}"
    place = Place.from_text(here.where)
    return _Doubt(path, message, "remove one if that is not meant", place)


class _BlockList(NamedTuple):
    """A `block:` as written, what it came to, and what blocks and allows the same askers anyway."""

    path: ValuePath
    texts: tuple[str, ...]
    block: Selection
    also_blocked: Selection = Selection()
    allowed: Selection = Selection()


def _block_lists(compiled: Compiled) -> Iterator[_BlockList]:
    ruleset, document = compiled.ruleset, compiled.config.document
    for name, section in document.policies.items():
        policy = ruleset.policies[name]
        path: ValuePath = ("policies", name, "block")
        base = ruleset.policies.get(section.extends or "")
        inherited = base.block if base else Selection()
        yield _BlockList(path, section.block, policy.block, inherited, policy.allow)
        own = [each for each in policy.during if each.schedule in section.during]
        yield from _during_lists(("policies", name, "during"), section.during, own)
    for name, group in document.groups.items():
        path = ("groups", name, "during")
        yield from _during_lists(path, group.during, ruleset.places[name].during)
    for name, person in document.people.items():
        compiled_person = ruleset.people[name]
        policy = ruleset.policies[person.policy]
        path = ("people", name, "block")
        yield _BlockList(path, person.block, compiled_person.block, policy.block, policy.allow)
        path = ("people", name, "during")
        yield from _during_lists(path, person.during, compiled_person.during)


def _during_lists(
    path: ValuePath, sections: Mapping[str, DuringSection], entries: Sequence[During]
) -> Iterator[_BlockList]:
    for entry in entries:
        texts = sections[entry.schedule].block
        yield _BlockList((*path, entry.schedule, "block"), texts, entry.block)


def _idle_blocks(compiled: Compiled) -> Iterator[_Doubt]:
    """Yield entries of `block:` that change nothing for anybody."""
    ruleset = compiled.ruleset
    protected = {**ruleset.essentials, **ruleset.lifelines}
    for written in _block_lists(compiled):
        entry_by_place = _entries(written.block)
        for at, text in enumerate(written.texts):
            path = (*written.path, at)
            entry = entry_by_place.get(str(compiled.config.places.of_value(path)))
            if entry is None:
                yield _Doubt(path, f"{quoted(text)} stands in this list twice", "remove one")
                continue
            guard = _above(entry, protected) if isinstance(entry, bytes) else None
            if guard:
                message = f"{quoted(text)} stays open: {guard.text}"
                yield _Doubt(path, message, "remove it, help and devices depend on it")
                continue
            cover = _cover(entry, written)
            if cover:
                message = f"{quoted(text)} is blocked already by {cover.text} at {cover.where}"
                yield _Doubt(path, message, "remove one of the two")


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


def _empty_categories(compiled: Compiled, listed: frozenset[str]) -> Iterator[_Doubt]:
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
        yield _Doubt((), message, cure, Place.from_text(rule.where))


def _presets_without_lists(compiled: Compiled, listed: frozenset[str]) -> Iterator[_Doubt]:
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
    yield _Doubt(path, message, cure, compiled.config.places.of_value(path))


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


def _open_metrics(compiled: Compiled) -> Iterator[_Doubt]:
    """Yield a metrics page that is served to everybody who can reach this host."""
    if compiled.process.metrics is None:
        return
    host, port = compiled.process.metrics
    if ip_address(host).is_unspecified:
        message = "the metrics page is served to everybody who can reach this host"
        cure = f"write 127.0.0.1:{port}, or an address that only your Prometheus reaches"
        yield _Doubt(("metrics", "listen"), message, cure)


def _private_macs(compiled: Compiled) -> Iterator[_Doubt]:
    """Yield MACs that a device has made up itself: "forget this network" makes up another one."""
    for name, person in compiled.ruleset.people.items():
        for at, device in enumerate(person.devices):
            for mac in filter(is_private_mac, device.macs):
                message = f"{quoted(mac)} is a private address, which the device may change"
                cure = "switch off private or random addresses for this network on the device"
                yield _Doubt(("people", name, "devices", at, "mac"), message, cure)


def _wide_forwarders(compiled: Compiled) -> Iterator[_Doubt]:
    """Yield networks in which everybody may say that he is somebody else."""
    for at, network in enumerate(compiled.process.devices.forwarders):
        if ip_network(network).num_addresses > 1:
            message = f"every device in {quoted(network)} may say that it asks for another one"
            cure = "write the addresses of the routers alone"
            yield _Doubt(("trusted_forwarders", at), message, cure)
