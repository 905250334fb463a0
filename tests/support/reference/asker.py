"""Who asks, what they have, and what is in force for them at one moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from tests.support.reference.calendar import Lines, is_on, is_on_in_week
from tests.support.reference.world import World, Written


class Identity(NamedTuple):
    """A person, or nobody, in some places."""

    person: str
    places: tuple[str, ...]


class OpenEntry(NamedTuple):
    """An entry of `during:` that is in force, and the schedule that makes it so."""

    schedule: str
    entry: Written


def who_asks(world: World, address: str) -> Identity:
    """Return who is behind *address*: its device, the longest network that holds it, nobody.

    The places are all groups whose networks hold it.
    """
    asking = _address(address)
    places = tuple(
        name
        for name, group in world.section("groups").items()
        if any(_holds(network, asking) for network in group["networks"])
    )
    best, longest = "", -1
    for name, person in world.section("people").items():
        for device in person.get("devices", ()):
            if any(_address(each) == asking for each in device.get("ip", ())):
                return Identity(name, places)
            for network in device.get("network", ()):
                length = ip_network(network).prefixlen
                if _holds(network, asking) and length > longest:
                    best, longest = name, length
    return Identity(best, places)


@dataclass(frozen=True)
class Asker:
    """Somebody under one policy in some places at *now* (Unix seconds).

    *person* is empty for who has a policy and nothing else; *policy* is empty where none exists.
    """

    world: World
    person: str
    policy: str
    places: tuple[str, ...]
    now: float
    is_time_known: bool = True

    @property
    def own(self) -> Written:
        """What is written for the person."""
        return self.world.section("people").get(self.person) or {}

    @cached_property
    def policies(self) -> list[Written]:
        """Return the policy and what it extends, the nearest first."""
        found, name = [], self.policy
        while name:
            found.append(self.world.section("policies")[name] or {})
            name = found[-1].get("extends", "")
        return found

    @cached_property
    def levels(self) -> list[Written]:
        """Return who may allow and block, the nearest first: the person, then the policies."""
        return [self.own, *self.policies]

    @cached_property
    def in_place(self) -> list[OpenEntry]:
        """Return the entries of the places that are open, in the order written."""
        zone = self.world.written["timezone"]
        return [
            OpenEntry(schedule, entry)
            for group in (self.world.section("groups")[place] for place in self.places)
            for schedule, entry in (group.get("during") or {}).items()
            if self._is_open([self.world.section("schedules")[schedule]], zone, group)
        ]

    @cached_property
    def in_schedule(self) -> list[OpenEntry]:
        """Return the entries that are open: the person's, the policy's, then what it extends.

        An entry for the same schedule replaces the one that is farther away.
        """
        zone = self.own.get("timezone") or self.world.written["timezone"]
        own_lines = self.own.get("schedules") or {}
        found, seen = [], set()
        for level in self.levels:
            for schedule, entry in (level.get("during") or {}).items():
                if schedule in seen:
                    continue
                seen.add(schedule)
                lines = [own_lines[schedule]] if schedule in own_lines else []
                lines.append(self.world.section("schedules")[schedule])
                if self._is_open(lines, zone, self.own):
                    found.append(OpenEntry(schedule, entry))
        return found

    def setting(self, section: str, key: str, otherwise: str) -> str:
        """Return a setting of the nearest policy that has it."""
        for policy in self.policies:
            if key in (policy.get(section) or {}):
                found: str = policy[section][key]
                return found
        return otherwise

    def _is_open(self, lines: Sequence[Lines], zone: str, owner: Written) -> bool:
        """Whether a schedule is on, by the holidays of *owner* or else those of the house."""
        own = (owner.get("calendar") or {}).get("holidays")
        holidays = self.world.section("calendar").get("holidays", ()) if own is None else own
        look = is_on if self.is_time_known else is_on_in_week
        return look(lines, zone, holidays, self.now)


def askers(
    world: World, identity: Identity, now: float, *, is_time_known: bool = True
) -> Iterator[Asker]:
    """Yield those of whom the strictest decides: one for a person, all for an unknown device."""

    def asker(person: str, policy: str) -> Asker:
        return Asker(world, person, policy, identity.places, now, is_time_known)

    people, policies = world.section("people"), world.section("policies")
    unknown = world.section("unknown_devices").get("policy", "strictest")
    if identity.person:
        yield asker(identity.person, people[identity.person]["policy"])
    elif unknown != "strictest":
        yield asker("", unknown)
    elif not policies:
        yield asker("", "")
    else:
        yield from (asker("", policy) for policy in policies)
        yield from (asker(name, person["policy"]) for name, person in people.items())


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _holds(network: str, address: IPv4Address | IPv6Address) -> bool:
    return address in ip_network(network)
