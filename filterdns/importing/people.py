"""Clients of a peer as people with devices: each under a name that is free, each sign once."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Final

from filterdns.importing.devices import is_mac, read_device
from filterdns.importing.entries import several
from filterdns.importing.imported import ImportedDevice, ImportedPerson, Remark
from filterdns.importing.naming import Names, clean_label, clean_name


class People:
    """Collects whoever a peer knows; equal names with equal rules are one person."""

    def __init__(self) -> None:
        self._people: dict[str, ImportedPerson] = {}
        self._name_by_rules: dict[tuple[str, str, str, bool], str] = {}
        self._taken: set[str] = set()
        self._names = Names("unknown")

    def add(
        self,
        wanted: str,
        rules: ImportedPerson,
        keys: Sequence[tuple[str, str]],
        place: str,
        *,
        takes_ids: bool = False,
    ) -> list[Remark]:
        """Keep whoever has the clients *keys*, and return what has to be said of them at *place*.

        Each key is the name of a device and the client's text. *rules* is a person whose name and
        devices do not count. *takes_ids* is that of `read_device`.
        """
        remarks: list[Remark] = []
        found: list[tuple[str, ImportedDevice]] = []
        for label, text in keys:
            device, meaning = read_device(text, takes_ids=takes_ids)
            if device is not None and device.value in self._taken:
                device, meaning = None, "left out: another client has it already"
            if device is not None:
                self._taken.add(device.value)
                found.append((label, device))
            if meaning:
                remarks.append(Remark(place, text, meaning))
        if found:
            self._keep(wanted, rules, found)
        return remarks

    def all(self) -> tuple[ImportedPerson, ...]:
        """Return the people in the order in which they came."""
        return tuple(self._people.values())

    def doubts(self) -> Iterator[Remark]:
        """Yield what holds for all of them together."""
        met = {
            person.policy
            for person in self._people.values()
            for device in person.devices
            if device.key in ("ip", "network") and device.is_known
        }
        cards = [
            device.value
            for person in self._people.values()
            for device in person.devices
            if device.key == "mac" and device.is_known and met - {person.policy}
        ]
        if cards:
            yield Remark("people", several(cards), _CARD_FIRST)

    def _keep(
        self, wanted: str, rules: ImportedPerson, found: list[tuple[str, ImportedDevice]]
    ) -> None:
        key = (wanted, rules.policy, rules.timezone, rules.is_logged)
        if key not in self._name_by_rules:
            self._name_by_rules[key] = self._names.free(clean_name(_called(wanted), "somebody"))
        name = self._name_by_rules[key]
        known = self._people.get(name, rules._replace(name=name, devices=()))
        labels = Names(*(device.name for device in known.devices))
        devices = [
            device._replace(name=labels.free(clean_label(_called(label), device.value)))
            for label, device in found
        ]
        self._people[name] = known._replace(devices=(*known.devices, *devices))


_CARD_FIRST: Final = (
    "there an address or a network comes before a MAC; with us the MAC comes first, so a device "
    "that has both gets what is written for its MAC"
)


def _called(text: str) -> str:
    """Return *text* as one would call it: a network and a MAC without what no name may have."""
    if "/" in text:
        try:
            return f"network {ip_network(text, strict=False).network_address}"
        except ValueError:
            return text
    return text.lower().replace(":", "-") if is_mac(text) else text
