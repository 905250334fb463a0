"""Who asks: from the address that a socket shows to a person, a device and the places.

The most specific wins: the address, the longest network, nobody. Places are separate: all whose
networks hold the address, and they identify nobody. Never linear in the number of devices.
"""

from typing import Final, NamedTuple

from filterdns.policy.address import Address, Networks, read_address
from filterdns.policy.ruleset import Ruleset
from filterdns.steps import Steps, at_once


class Identity(NamedTuple):
    """Who asks and from where.

    *person* and *device* are empty for an unknown device. *places* stand in the order of the
    ruleset.
    """

    person: str
    device: str
    places: tuple[str, ...]


class Identifier:
    """Finds the identity behind an address. Of two devices with one address the first has it."""

    def __init__(self, ruleset: Ruleset) -> None:
        at_once(self._learn(ruleset))

    @classmethod
    def in_steps(cls, ruleset: Ruleset) -> Steps["Identifier"]:
        """Make one, a device a step."""
        identifier = cls.__new__(cls)
        yield from identifier._learn(ruleset)  # noqa: SLF001 - the same class
        return identifier

    def _learn(self, ruleset: Ruleset) -> Steps[None]:
        self._owner_by_address: dict[Address, tuple[str, str]] = {}
        self._owners: Networks[tuple[str, str]] = Networks()
        self._places: Networks[str] = Networks()
        self._rank_by_place = {name: rank for rank, name in enumerate(ruleset.places)}
        for person in ruleset.people.values():
            for device in person.devices:
                owner = (person.name, device.name)
                for address in device.addresses:
                    self._owner_by_address.setdefault(read_address(address), owner)
                for network in device.networks:
                    self._owners.add(network, owner)
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
        places = set(self._places.holding(address))
        if len(places) > 1:
            return Identity(
                person, device, tuple(sorted(places, key=self._rank_by_place.__getitem__))
            )
        return Identity(person, device, tuple(places))

    def _owner(self, address: Address) -> tuple[str, str]:
        if address.link:
            owner = self._owner_by_address.get(address._replace(link=""))
            if owner:
                return owner
        return next(self._owners.holding(address), _NOBODY)


_NOBODY: Final = ("", "")
