"""Stage A, row by row: each function is a row of the table in docs/policy.md, in its order.

A row returns what it says, or None if it is silent.
"""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from tests.support.reference.asker import Asker, OpenEntry
from tests.support.reference.selections import (
    categories_in,
    covering_entries,
    names_in,
    services_in,
    spelled_out,
)
from tests.support.reference.world import (
    World,
    Written,
    and_above,
    lies_in,
    longest_covering,
)


class Said(NamedTuple):
    """What a row says: ALLOW or BLOCK, and why.

    *rules* are the rules as written that have an equal right to be named; empty where none is.
    *listed* is the name that covers the asked one. *mode* is how the answer has to be, empty for
    the policy's way. *kind* tells lifelines from essentials.
    """

    row: str
    action: str
    rules: frozenset[str] = frozenset()
    schedule: str = ""
    listed: str = ""
    mode: str = ""
    kind: str = ""


class Question(NamedTuple):
    """A name without a final dot, and a type."""

    name: str
    qtype: str = "A"


def a1_sealed(asker: Asker, question: Question) -> Said | None:
    """Names that a sealed list covers: BLOCK, for everybody."""
    if longest_covering(question.name, asker.world.sealed):
        return Said("A1", "block")
    return None


def a2_special(asker: Asker, question: Question) -> Said | None:
    """Names that never leave the house, but where `hosts:` has the name."""
    if question.name in asker.world.hosts:
        return None
    zone = longest_covering(question.name, (*_SPECIAL, *_EMPTY_ZONES))
    return _in_zone(asker.world, question, zone, "A2") if zone else None


def a3_local(asker: Asker, question: Question) -> Said | None:
    """`hosts:`, the exact name and the reverse names; reverse names of private networks."""
    if question.name in asker.world.hosts:
        return Said("A3", "allow")
    zone = longest_covering(question.name, _REVERSE_ZONES)
    return _in_zone(asker.world, question, zone, "A3") if zone else None


def a4_lifelines(asker: Asker, question: Question) -> Said | None:
    """Lifelines and essentials with all below them. What is both is a lifeline.

    A lifeline is blocked where the nearest name that anything is said about is one that an adult
    blocks in so many words, and has confirmed.
    """
    world = asker.world
    if not longest_covering(question.name, world.lifelines):
        is_essential = longest_covering(question.name, world.all_essentials)
        return Said("A4", "allow", kind="essential") if is_essential else None
    for name in and_above(question.name):
        wish = wish_about(asker, name)
        if wish is not None and wish.action == "block" and is_confirmed(asker, name):
            return Said("A4", "block", listed=name)
        is_allowed = wish is not None and wish.action == "allow"
        if is_allowed or name in (*world.lifelines, *world.all_essentials):
            break
    return Said("A4", "allow", kind="lifeline")


def is_confirmed(asker: Asker, name: str) -> bool:
    """Whether somebody has said why a lifeline may be blocked under just this *name*."""
    return any(name in level.get("lifeline_blocked_because", ()) for level in asker.levels)


def a5_bypass(asker: Asker, question: Question) -> Said | None:
    """Ways around the filter; lifted only where an `allow:` has exactly the asked name."""
    if is_allowed_exactly(asker, question.name):
        return None
    blocked = blocked_ways(asker)
    for kind in blocked:
        listed = longest_covering(question.name, CHECK_NAMES.get(kind, ()))
        if listed:
            return Said("A5", "block", frozenset({f"bypass: {kind}"}), "", listed, "nxdomain")
    listed, kinds = covering_entries(question.name, blocked, asker.world)
    if not listed:
        return None
    mode = "nxdomain" if "private-relay" in kinds else ""
    return Said("A5", "block", frozenset(f"bypass: {kind}" for kind in kinds), "", listed, mode)


def a7_place(asker: Asker, question: Question) -> Said | None:
    """The windows of the places that are open now: BLOCK or silence."""
    return _first_restriction(asker, asker.in_place, question, "A7")


def a8_schedules(asker: Asker, question: Question) -> Said | None:
    """The windows of the policy that are open now, in the order written: BLOCK or silence."""
    return _first_restriction(asker, asker.in_schedule, question, "A8")


def a10_names(asker: Asker, question: Question) -> Said | None:
    """Names that are allowed or blocked: the longest wins, at equal length the nearer one.

    An allow lifts a locked category only where no longer name is listed.
    """
    for name in and_above(question.name):
        said = wish_about(asker, name)
        if said is None:
            continue
        if said.action == "allow":
            return _locked(asker, question, longer_than=name) or said
        return said
    return None


def a11_categories(asker: Asker, question: Question) -> Said | None:
    """Services and categories that are blocked; what waits for the list of one."""
    blocked = [f"service:{each}" for each in blocked_services(asker)] + blocked_categories(asker)
    listed, entries = covering_entries(question.name, blocked, asker.world)
    if listed:
        return Said("A11", "block", _rules("block", entries), "", listed)
    for category in blocked_categories(asker):
        if asker.now < asker.world.pending.get(category, 0):
            return Said("A11", "block", mode="nodata", kind="pending")
    return None


def a12_otherwise(_asker: Asker, _question: Question) -> Said | None:
    """Everything else."""
    return Said("A12", "allow")


ROWS: tuple[Callable[[Asker, Question], Said | None], ...] = (
    a1_sealed,
    a2_special,
    a3_local,
    a4_lifelines,
    a5_bypass,
    a7_place,
    a8_schedules,
    a10_names,
    a11_categories,
    a12_otherwise,
)


# Rows A2 and A3: what the house keeps to itself.


def _in_zone(world: World, question: Question, zone: str, row: str) -> Said | None:
    is_empty_zone = zone in _EMPTY_ZONES or zone in _REVERSE_ZONES
    if is_empty_zone and question.name == zone:
        return None if question.qtype == "DS" else Said(row, "allow")
    denies = is_empty_zone or zone in _NEVER_IN_DNS
    above_host = any(lies_in(host, question.name) for host in world.hosts)
    return Said("A3" if denies and above_host else row, "allow")


_NEVER_IN_DNS = ("test", "invalid", "local", "onion", "alt", "internal")
_SPECIAL = ("localhost", "resolver.arpa", *_NEVER_IN_DNS)
_EMPTY_ZONES = ("home.arpa", "service.arpa")
_REVERSE_ZONES = (
    *(f"{each}.in-addr.arpa" for each in (0, 10, 127)),
    *(f"{each}.172.in-addr.arpa" for each in range(16, 32)),
    *(f"{each}.100.in-addr.arpa" for each in range(64, 128)),
    "168.192.in-addr.arpa",
    "254.169.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    ip_address("::").reverse_pointer,
    ip_address("::1").reverse_pointer,
    "d.f.ip6.arpa",
    *(f"{each}.e.f.ip6.arpa" for each in "89ab"),
    "8.b.d.0.1.0.0.2.ip6.arpa",
)


# Row A5: the kit.

_BYPASS = ("doh", "vpn", "proxy", "private-relay", "page-fetcher")
CHECK_NAMES = {
    "doh": ("use-application-dns.net",),
    "private-relay": ("mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com"),
}


def blocked_ways(asker: Asker) -> list[str]:
    """Return the kinds of ways around the filter that the policy closes."""
    return [kind for kind in _BYPASS if asker.setting("bypass", kind, "allow") == "block"]


def is_allowed_exactly(asker: Asker, name: str) -> bool:
    """Whether an adult has allowed just this name in so many words, and nobody nearer objects."""
    for level in asker.levels:
        block = level.get("block", ())
        if name in names_in(level.get("allow", ())):
            return True
        if any(name == each for each, _ in spelled_out(block, asker.world)):
            return False
    return False


# Rows A7 and A8: windows.


def _first_restriction(
    asker: Asker, entries: Sequence[OpenEntry], question: Question, row: str
) -> Said | None:
    for schedule, entry in entries:
        if entry.get("internet") == "off" and not spares(asker, entry.get("except", ()), question):
            return Said(row, "block", frozenset({"internet: off"}), schedule)
        if "allow-only" in entry and not spares(asker, entry["allow-only"], question):
            return Said(row, "block", frozenset({"allow-only"}), schedule)
        said = blocked_by_entry(asker, OpenEntry(schedule, entry), question, row)
        if said:
            return said
    return None


def blocked_by_entry(asker: Asker, entry: OpenEntry, question: Question, row: str) -> Said | None:
    """Return what the `block:` of an open entry says."""
    listed, entries = covering_entries(question.name, entry.entry.get("block", ()), asker.world)
    if not listed:
        return None
    return Said(row, "block", _rules("block", entries), entry.schedule, listed)


def spares(asker: Asker, entries: Sequence[str], question: Question) -> bool:
    """Whether `except` or `allow-only` lets the name through."""
    return bool(covering_entries(question.name, entries, asker.world)[0])


# Rows A10 and A11: wishes.


def wish_about(asker: Asker, name: str) -> Said | None:
    """Return what the nearest who speaks says about just this *name*.

    An allowed service counts as its names. A blocked one belongs to row A11, and ends what is
    allowed farther away.
    """
    is_service_blocked = False
    for level in asker.levels:
        if name in names_in(level.get("block", ())):
            return Said("A10", "block", _rules("block", [name]), "", name)
        if _allows(level, name, asker.world):
            if is_service_blocked:
                return None
            allowing = [
                entry for each in asker.levels for entry in _allows(each, name, asker.world)
            ]
            return Said("A10", "allow", _rules("allow", allowing), "", name)
        services = services_in(level.get("block", ()))
        is_service_blocked |= any(name in asker.world.services[each] for each in services)
    return None


def _allows(level: Written, name: str, world: World) -> list[str]:
    """Return the entries of `allow:` that say just this *name*, in itself or as of a service."""
    return [entry for each, entry in spelled_out(level.get("allow", ()), world) if each == name]


def blocked_services(asker: Asker) -> list[str]:
    """Return the services of row A11: blocked somewhere, and not allowed nearer."""
    return _blocked_still(asker, services_in)


def blocked_categories(asker: Asker) -> list[str]:
    """Return the categories of row A11: blocked somewhere, and not allowed nearer."""
    return _blocked_still(asker, categories_in)


def _blocked_still(asker: Asker, read: Callable[[Sequence[str]], list[str]]) -> list[str]:
    blocked, allowed = [], set()
    for level in asker.levels:
        blocked += [each for each in read(level.get("block", ())) if each not in allowed]
        allowed.update(read(level.get("allow", ())))
    return blocked


def _locked(asker: Asker, question: Question, longer_than: str) -> Said | None:
    locked = [each for each in blocked_categories(asker) if each in asker.world.locked]
    listed, entries = covering_entries(question.name, locked, asker.world, longer_than)
    return Said("A11", "block", _rules("block", entries), "", listed) if listed else None


def _rules(verb: str, entries: Sequence[str]) -> frozenset[str]:
    return frozenset(f"{verb}: {entry}" for entry in entries)


# What is open below a name, for NXDOMAIN (RFC 8020).


def open_names(asker: Asker) -> Iterator[str]:
    """Yield the names that something lets through: below them NXDOMAIN would be a lie above."""
    world = asker.world
    yield from world.hosts
    yield from world.lifelines
    yield from world.all_essentials
    for level in asker.levels:
        for name, _ in spelled_out(level.get("allow", ()), world):
            said = wish_about(asker, name)
            if said is not None and said.action == "allow":
                yield name
    for _, entry in (*asker.in_place, *asker.in_schedule):
        spared = (*entry.get("except", ()), *entry.get("allow-only", ()))
        yield from (name for name, _ in spelled_out(spared, world))
        for category in categories_in(spared):
            yield from world.written_under(category)
