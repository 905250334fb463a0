"""What a config says that is right and probably not meant."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.empty_categories import (
    empty_categories,
    presets_without_lists,
    unused_categories,
)
from filterdns.config.idle_allows import idle_allows
from filterdns.config.idle_blocks import idle_blocks
from filterdns.config.idle_safe_search import idle_safe_search
from filterdns.config.idle_windows import idle_windows
from filterdns.config.odd_schedules import odd_schedules
from filterdns.config.places import Place, ValuePath
from filterdns.config.presets import FILE as PRESETS_FILE
from filterdns.config.units import is_private_mac, quoted
from filterdns.dns.names import to_text
from filterdns.errors import Problem
from filterdns.policy.house import Claims
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import Rule


def find_doubts(
    compiled: Compiled, listed_categories: frozenset[str], lists: Claims, now: float
) -> Iterator[Problem]:
    """Yield everything in *compiled* that does nothing, or contradicts something else.

    *listed_categories* are those that *lists* feed. Schedules are looked at from *now* on (Unix
    seconds).
    """
    places = compiled.config.places
    for doubt in (
        *_unused(compiled),
        *_people_without_devices(compiled),
        *_allowed_and_blocked(compiled),
        *idle_blocks(compiled),
        *idle_allows(compiled, lists),
        *idle_windows(compiled, now),
        *odd_schedules(compiled, now),
        *idle_safe_search(compiled),
        *empty_categories(compiled, listed_categories),
        *unused_categories(compiled),
        *presets_without_lists(compiled, listed_categories),
        *_open_metrics(compiled),
        *_private_macs(compiled),
        *_wide_forwarders(compiled),
    ):
        place = doubt.place or places.of_key(doubt.path)
        if place.file == PRESETS_FILE:  # nobody can mend them there
            continue
        yield places.problem(doubt.path, doubt.message, doubt.cure, place)


def _unused(compiled: Compiled) -> Iterator[Doubt]:
    document = compiled.config.document
    used_policies = {document.unknown_devices.policy}
    used_policies.update(person.policy for person in document.people.values())
    used_policies.update(policy.extends or "" for policy in document.policies.values())
    for name in document.policies.keys() - used_policies:
        yield Doubt(
            ("policies", name), "nobody has this policy", "give it to a person, or remove it"
        )
    used_schedules = {name for policy in document.policies.values() for name in policy.during}
    used_schedules.update(name for group in document.groups.values() for name in group.during)
    used_schedules.update(name for person in document.people.values() for name in person.during)
    for name, schedule in compiled.ruleset.schedules.items():
        path = ("schedules", name)
        if name not in used_schedules:
            cure = "name it under `during:` of a policy or group, or remove it"
            yield Doubt(path, "nothing uses this schedule", cure)
        elif name not in compiled.calendars.schedules and not any(
            (*schedule.weekdays, schedule.holidays, *schedule.dates.values())
        ):
            yield Doubt(path, "this schedule is never on", "add a line with a window of time")


def _people_without_devices(compiled: Compiled) -> Iterator[Doubt]:
    for name, person in compiled.config.document.people.items():
        if not person.devices:
            message = f"{name} has no devices, so nothing holds for {name}"
            yield Doubt(("people", name), message, "add devices: [{name: phone, ip: ADDRESS}]")


def _allowed_and_blocked(compiled: Compiled) -> Iterator[Doubt]:
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


def _contradiction(path: ValuePath, name: bytes, what: str, here: Rule, there: Rule) -> Doubt:
    opposite = "blocked" if what == "allowed" else "allowed"
    text = quoted(to_text(name))
    message = f"{text} is {what} at {here.where}, which wins, and {opposite} at {there.where}"
    place = Place.from_text(here.where)
    return Doubt(path, message, "remove one if that is not meant", place)


def _open_metrics(compiled: Compiled) -> Iterator[Doubt]:
    """Yield a metrics page that is served to everybody who can reach this host."""
    if compiled.process.metrics is None:
        return
    host, port = compiled.process.metrics
    if ip_address(host).is_unspecified:
        message = "the metrics page is served to everybody who can reach this host"
        cure = f"write 127.0.0.1:{port}, or an address that only your Prometheus reaches"
        yield Doubt(("metrics", "listen"), message, cure)


def _private_macs(compiled: Compiled) -> Iterator[Doubt]:
    """Yield MACs that a device has made up itself: "forget this network" makes up another one."""
    for name, person in compiled.ruleset.people.items():
        for at, device in enumerate(person.devices):
            for mac in filter(is_private_mac, device.macs):
                message = f"{quoted(mac)} is a private address, which the device may change"
                cure = "switch off private or random addresses for this network on the device"
                yield Doubt(("people", name, "devices", at, "mac"), message, cure)


def _wide_forwarders(compiled: Compiled) -> Iterator[Doubt]:
    """Yield networks in which everybody may say that he is somebody else."""
    for at, network in enumerate(compiled.process.devices.forwarders):
        if ip_network(network).num_addresses > 1:
            message = f"every device in {quoted(network)} may say that it asks for another one"
            cure = "write the addresses of the routers alone"
            yield Doubt(("trusted_forwarders", at), message, cure)
