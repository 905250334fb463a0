"""Who asks: from the address that a socket shows to a person, a device and the places.

The most specific wins: the address, the longest network, nobody. Places are separate: all whose
networks hold the address, and they identify nobody. Never linear in the number of devices.
"""

from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Generic, NamedTuple, TypeVar

from filterdns.policy.ruleset import Ruleset
from filterdns.steps import Steps, at_once

Value = TypeVar("Value")


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
        self._owner_by_address: dict[IPv4Address | IPv6Address, tuple[str, str]] = {}
        self._owners: _Networks[tuple[str, str]] = _Networks()
        self._places: _Networks[str] = _Networks()
        self._rank_by_place = {name: rank for rank, name in enumerate(ruleset.places)}
        for person in ruleset.people.values():
            for device in person.devices:
                owner = (person.name, device.name)
                for address in device.addresses:
                    self._owner_by_address.setdefault(_read_address(address), owner)
                for network in device.networks:
                    self._owners.add(network, owner)
                yield
        for place in ruleset.places.values():
            for network in place.networks:
                self._places.add(network, place.name)
                yield

    def identify(self, address: str) -> Identity:
        """Return who is behind *address*, as a socket shows it (`192.168.1.5`, `fe80::1%eth0`).

        An IPv4-mapped IPv6 address counts as IPv4 (RFC 4291 section 2.5.5.2). A device that is
        written without a scope id is met on every link. Raises `ValueError` for other text.
        """
        client = _read_address(address)
        person, device = self._owner_by_address.get(client) or self._owner(client)
        places = set(self._places.holding(client))
        if len(places) > 1:
            return Identity(
                person, device, tuple(sorted(places, key=self._rank_by_place.__getitem__))
            )
        return Identity(person, device, tuple(places))

    def _owner(self, client: IPv4Address | IPv6Address) -> tuple[str, str]:
        if isinstance(client, IPv6Address) and client.scope_id:
            owner = self._owner_by_address.get(IPv6Address(int(client)))
            if owner:
                return owner
        return next(self._owners.holding(client), _NOBODY)


_NOBODY: Final = ("", "")
_MAPPED_PREFIX_LENGTH: Final = 96  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2


class _Networks(Generic[Value]):
    """Values by network: one dictionary look-up for each prefix length in use."""

    def __init__(self) -> None:
        self._tables: dict[int, dict[int, dict[int, list[Value]]]] = {4: {}, 6: {}}

    def add(self, text: str, value: Value) -> None:
        """Let *value* be found in the network *text*, after what it has already."""
        network = _read_network(text)
        shift = network.max_prefixlen - network.prefixlen
        tables = self._tables[network.version]
        if shift not in tables:
            tables[shift] = {}
            self._tables[network.version] = tables = dict(sorted(tables.items()))
        tables[shift].setdefault(int(network.network_address) >> shift, []).append(value)

    def holding(self, address: IPv4Address | IPv6Address) -> Iterator[Value]:
        """Yield the values of all networks that hold *address*, the longest network first."""
        number = int(address)
        for shift, table in self._tables[address.version].items():
            yield from table.get(number >> shift, ())


def _read_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _read_network(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX_LENGTH:
        mapped = network.network_address.ipv4_mapped
        if mapped:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX_LENGTH))
    return network
