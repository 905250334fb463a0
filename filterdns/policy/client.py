"""Who asks: from the address that a socket shows to a person, a device and the places.

The most specific wins: the address, the longest network, nobody. Places are separate: all whose
networks hold the address, and they identify nobody. Never linear in the number of devices.
"""

from typing import Final, NamedTuple

from filterdns.policy.address import Address, Networks, read_address
from filterdns.policy.ruleset import Holidays, Person, Ruleset
from filterdns.steps import Steps, at_once

Owner = tuple[str, str]
"""A person, and the device of that person."""


class Identity(NamedTuple):
    """Who asks and from where.

    *person* and *device* are empty for an unknown device. *places* stand in the order of the
    ruleset.
    """

    person: str
    device: str
    places: tuple[str, ...]


def holidays_of(identity: Identity, ruleset: Ruleset) -> Holidays:
    """Return the days that are holidays for *identity*."""
    person = ruleset.people.get(identity.person)
    if person is None or person.holidays is None:
        return ruleset.holidays
    return person.holidays


class Identifier:
    """Finds the identity behind an address. Of two devices with one address the first has it."""

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
            yield
        for place in ruleset.places.values():
            for network in place.networks:
                self._places.add(network, place.name)
                yield

    def identify(self, address: Address) -> Identity:
        """Return who is behind *address*.

        A device that is written without a link (scope id) is met on every link.
        """
        person, device = self._owner_by_address.get(address) or self._owner(address)
        places = self._places.holding(address)
        if len(places) > 1:
            places = sorted(set(places), key=self._rank_by_place.__getitem__)
        return Identity(person, device, tuple(places))

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
    networks: list[tuple[str, Owner]]


def _owned_by(person: Person) -> Steps[_Owned]:
    owned = _Owned(person, {}, [])
    for device in person.devices:
        owner = (person.name, device.name)
        for address in device.addresses:
            owned.owner_by_address.setdefault(read_address(address), owner)
        owned.networks.extend((network, owner) for network in device.networks)
        yield
    return owned


_NOBODY: Final[Owner] = ("", "")
