"""Who asks: from what is known of a client to a person, a device and the places.

The most specific that the config knows wins, never a union: the client id, the MAC, the address,
the longest network, nobody. Places are separate: all whose networks hold the address, and they
identify nobody. Never linear in the number of devices.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.policy.address import Address, Networks, read_address
from filterdns.policy.ruleset import Holidays, Person, Ruleset
from filterdns.steps import Steps, at_once

Owner = tuple[str, str]
"""A person, and the device of that person."""


class Doubt(StrEnum):
    """Why it cannot be said who asks, though it could be: the strictest of all holds meanwhile."""

    NONE = ""
    AWAITED = "awaited"  # the MAC behind the address will be known in a moment
    UNMARKED = "unmarked"  # a trusted forwarder does not say for whom it asks


class Identity(NamedTuple):
    """Who asks and from where.

    *person* and *device* are empty for an unknown device. *places* stand in the order of the
    ruleset.
    """

    person: str
    device: str
    places: tuple[str, ...]
    doubt: Doubt = Doubt.NONE


def holidays_of(identity: Identity, ruleset: Ruleset) -> Holidays:
    """Return the days that are holidays for *identity*."""
    person = ruleset.people.get(identity.person)
    if person is None or person.holidays is None:
        return ruleset.holidays
    return person.holidays


class Identifier:
    """Finds the identity behind an address. Of two devices with one address the first has it.

    *knows_macs* is whether a MAC tells anything here.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        at_once(self._learn(ruleset, None))

    @classmethod
    def in_steps(
        cls, ruleset: Ruleset, previous: "Identifier | None" = None
    ) -> Steps["Identifier"]:
        """Make one, a device a step, or a person whom *previous* has from the same object."""
        identifier = cls.__new__(cls)
        yield from identifier._learn(ruleset, previous)  # noqa: SLF001 - the same class
        return identifier

    def _learn(self, ruleset: Ruleset, previous: "Identifier | None") -> Steps[None]:
        self._owner_by_address: dict[Address, Owner] = {}
        self._owner_by_mac: dict[str, Owner] = {}
        self._owner_by_id: dict[str, Owner] = {}
        self._owners: Networks[Owner] = Networks()
        self._places: Networks[str] = Networks()
        self._rank_by_place = {name: rank for rank, name in enumerate(ruleset.places)}
        known = {} if previous is None else previous._owned_by_person  # noqa: SLF001 - the same class
        self._owned_by_person: dict[str, _Owned] = {}
        for name, person in ruleset.people.items():
            owned = known.get(name)
            if owned is None or owned.person is not person:
                owned = yield from _owned_by(person)
            self._owned_by_person[name] = owned
            for network, owner in owned.networks:
                self._owners.add(network, owner)
            yield
        for owned in reversed(self._owned_by_person.values()):  # the first has the last word
            self._owner_by_address |= owned.owner_by_address
            self._owner_by_mac |= owned.owner_by_mac
            self._owner_by_id |= owned.owner_by_id
            yield
        for place in ruleset.places.values():
            for network in place.networks:
                self._places.add(network, place.name)
                yield
        self.knows_macs = bool(self._owner_by_mac)

    def identify(self, address: Address, mac: str = "", client_id: str = "") -> Identity:
        """Return who is behind *address*, which belongs to *mac* and calls itself *client_id*.

        Either is empty where it is not known.
        """
        owner = self._owner_by_id.get(client_id) or self._owner_by_mac.get(mac)
        return Identity(*owner, self._places_of(address)) if owner else self.by_address(address)

    def by_address(self, address: Address) -> Identity:
        """Return who is behind *address* where nothing else is known.

        A device that is written without a link (scope id) is met on every link.
        """
        person, device = self._owner_by_address.get(address) or self._owner(address)
        return Identity(person, device, self._places_of(address))

    def awaited(self, address: Address) -> Identity:
        """Return who is behind *address* while its MAC is waited for."""
        return Identity("", "", self._places_of(address), Doubt.AWAITED)

    def known_by(self, mac: str) -> Identity:
        """Return whose *mac* is, wherever that is."""
        return Identity(*self._owner_by_mac.get(mac, _NOBODY), ())

    def behind(self, forwarder: Address, mac: str) -> Identity:
        """Return for whom the trusted *forwarder* asks: for *mac*, or empty if it does not say.

        What the config says of the forwarder's own address is true of nobody who is behind it; the
        places are where it stands.
        """
        person, device = self._owner_by_mac.get(mac, _NOBODY)
        doubt = Doubt.NONE if mac else Doubt.UNMARKED
        return Identity(person, device, self._places_of(forwarder), doubt)

    def _places_of(self, address: Address) -> tuple[str, ...]:
        places = self._places.holding(address)
        return tuple(places) if len(places) < 2 else self._in_order(places)

    def _in_order(self, places: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(places), key=self._rank_by_place.__getitem__))

    def _owner(self, address: Address) -> Owner:
        if address.link:
            owner = self._owner_by_address.get(address._replace(link=""))
            if owner:
                return owner
        return next(iter(self._owners.holding(address)), _NOBODY)


class _Owned(NamedTuple):
    """By what the devices of *person* are known."""

    person: Person
    owner_by_address: dict[Address, Owner]
    owner_by_mac: dict[str, Owner]
    owner_by_id: dict[str, Owner]
    networks: list[tuple[str, Owner]]


def _owned_by(person: Person) -> Steps[_Owned]:
    owned = _Owned(person, {}, {}, {}, [])
    for device in person.devices:
        owner = (person.name, device.name)
        # With its MAC a pinned device is known before its address is looked at.
        by_address = _NOBODY if device.is_pinned else owner
        for address in device.addresses:
            owned.owner_by_address.setdefault(read_address(address), by_address)
        for mac in device.macs:
            owned.owner_by_mac.setdefault(mac, owner)
        for client_id in device.ids:
            owned.owner_by_id.setdefault(client_id, owner)
        owned.networks.extend((network, owner) for network in device.networks)
        yield
    return owned


_NOBODY: Final[Owner] = ("", "")
