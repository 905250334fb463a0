"""The devices of the house: whose each is, how it is known, when it was here."""

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

from filterdns.control.rules import Rules
from filterdns.control.running import RunningFilter
from filterdns.devices.gateways import default_gateways
from filterdns.devices.seen import SeenDevice, offers
from filterdns.policy.address import read_address
from filterdns.policy.client import Identifier, Identity
from filterdns.policy.ruleset import Device


class Owned(NamedTuple):
    """A device of the config, and whose it is."""

    person: str
    device: Device


async def read_devices(running: RunningFilter) -> dict[str, Any]:
    """Return all devices and what looks wrong, as plain values for JSON; times are Unix seconds."""
    await running.workers.flush()  # so that who has just asked is there
    rules, seen = running.in_force.rules, list(running.nearby.seen)
    macs = {mac: owned for owned in owned_devices(rules) for mac in owned.device.macs}
    matches = {
        offer.newcomer.key: [_match(macs[each.mac]) for each in offer.known]
        for offer in offers(seen, macs)
    }
    gateways = {each.address for each in await asyncio.to_thread(default_gateways)}
    rows = [_row(each, rules.identifier, matches.get(each.key, []), gateways) for each in seen]
    rows += [_never_seen(owned) for owned in _missing(rules, seen)]
    return {
        "devices": rows,
        "findings": [
            {**each._asdict(), "kind": each.kind.value} for each in running.findings.current
        ],
    }


def owned_devices(rules: Rules) -> Iterator[Owned]:
    """Yield the devices of the config."""
    for person in rules.ruleset.people.values():
        for device in person.devices:
            yield Owned(person.name, device)


def is_unknown(device: SeenDevice, identifier: Identifier) -> bool:
    """Whether *device* is nobody's."""
    return not _identity(device, identifier).person


def _identity(device: SeenDevice, identifier: Identifier) -> Identity:
    if device.mac:
        known = identifier.known_by(device.mac)
        if known.person:
            return known
    for address in device.addresses:
        known = identifier.identify(read_address(address), device.mac)
        if known.person:
            return known
    return Identity("", "", ())


def _row(
    device: SeenDevice, identifier: Identifier, matches: list[str], gateways: set[str]
) -> dict[str, Any]:
    identity = _identity(device, identifier)
    return {
        "mac": device.mac,
        "addresses": list(device.addresses),
        "host_name": device.host_name,
        "maker": device.maker,
        "private": device.is_private,
        "router": device.is_router or not gateways.isdisjoint(device.addresses),
        "person": identity.person,
        "device": identity.device,
        "known_by": _known_by(device, identity, identifier),
        "first_seen_at": device.first_seen_at,
        "last_seen_at": device.last_seen_at,
        "asked_at": device.asked_at,
        "may_be": matches,
    }


def _known_by(device: SeenDevice, identity: Identity, identifier: Identifier) -> str:
    if not identity.person:
        return ""
    if device.mac and identifier.known_by(device.mac).person:
        return "mac"
    return "address"


def _missing(rules: Rules, seen: list[SeenDevice]) -> Iterator[Owned]:
    """Yield devices that are known by their cards and were never seen."""
    here = {each.mac for each in seen}
    for owned in owned_devices(rules):
        if owned.device.macs and not here.intersection(owned.device.macs):
            yield owned


def _never_seen(owned: Owned) -> dict[str, Any]:
    return {
        "mac": owned.device.macs[0],
        "addresses": list(owned.device.addresses),
        "host_name": "",
        "maker": "",
        "private": False,
        "router": False,
        "person": owned.person,
        "device": owned.device.name,
        "known_by": "mac",
        "first_seen_at": None,
        "last_seen_at": None,
        "asked_at": None,
        "may_be": [],
    }


def _match(owned: Owned) -> str:
    return f"{owned.person}/{owned.device.name}"
