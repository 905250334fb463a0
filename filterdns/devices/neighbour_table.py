"""Who has which address, from what the kernel says one by one. Pure: time is an argument.

An address may be known on several interfaces of this host (two cards on one network): the one that
was told last has it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from filterdns.devices.neighbour import Neighbour
from filterdns.devices.neighbour_messages import Entry

MAX_ADDRESSES: Final = 1 << 16  # the kernel's own bound is 1,024 unless somebody has raised it


class Change(NamedTuple):
    """Neighbours that are new or different, and addresses that nobody has any more."""

    here: tuple[Neighbour, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.here or self.gone)


class NeighbourTable:
    """The neighbours; *name_of_interface* returns an empty text where an interface is gone."""

    def __init__(self, name_of_interface: Callable[[int], str]) -> None:
        self._name_of_interface = name_of_interface
        self._heard_by_place: dict[_Place, _Heard] = {}
        self._places_by_address: dict[str, dict[_Place, None]] = {}  # the one told last has it

    def __len__(self) -> int:
        return len(self._places_by_address)

    def __iter__(self) -> Iterator[Neighbour]:
        for places in self._places_by_address.values():
            yield self._heard_by_place[next(reversed(places))].neighbour

    def find(self, address: str) -> Neighbour | None:
        """Return who has *address*, written as a socket shows it."""
        places = self._places_by_address.get(address)
        return self._heard_by_place[next(reversed(places))].neighbour if places else None

    def confirmed_at(self) -> Iterator[tuple[Neighbour, float]]:
        """Yield each neighbour with the time when it was last heard to be there."""
        for places in self._places_by_address.values():
            yield self._heard_by_place[next(reversed(places))]

    def take(self, entries: Iterable[Entry], now: float) -> Change:
        """Take what was told, in its order; return what is different at its end."""
        before: dict[str, Neighbour | None] = {}
        for entry in entries:
            self._take(entry, now, before)
        return self._since(before)

    def replace(self, entries: Iterable[Entry], now: float) -> Change:
        """Take *entries* as all that there is; return what is different."""
        before: dict[str, Neighbour | None] = {}
        said = {(each.interface, each.address): each for each in entries}
        for place in self._heard_by_place.keys() - said.keys():
            self._take(Entry(*place, mac=""), now, before)
        for each in said.values():
            self._take(each, now, before)
        return self._since(before)

    def _take(self, entry: Entry, now: float, before: "dict[str, Neighbour | None]") -> None:
        place = (entry.interface, entry.address)
        known = self._heard_by_place.get(place)
        neighbour = self._neighbour(entry, known)
        if known and (neighbour is None or known.neighbour.address != neighbour.address):
            self._forget(place, known.neighbour.address, before)
        if neighbour is None:
            return
        address = neighbour.address
        if address not in self._places_by_address and len(self) >= MAX_ADDRESSES:
            return
        before.setdefault(address, self.find(address))
        is_news = known is None or known.neighbour != neighbour
        self._heard_by_place[place] = _Heard(neighbour, _heard_at(entry, now, known))
        places = self._places_by_address.setdefault(address, {})
        if is_news:  # a mere sign of life takes nothing over
            places.pop(place, None)
        places[place] = None

    def _neighbour(self, entry: Entry, known: "_Heard | None") -> Neighbour | None:
        if not entry.mac:
            return None
        # The name of an interface that goes is asked for too late; it was known before.
        interface = self._name_of_interface(entry.interface) or (
            known.neighbour.interface if known else ""
        )
        if not interface:
            return None
        return Neighbour(with_link(entry.address, interface), entry.mac, interface, entry.is_router)

    def _forget(self, place: "_Place", address: str, before: "dict[str, Neighbour | None]") -> None:
        before.setdefault(address, self.find(address))
        del self._heard_by_place[place]
        places = self._places_by_address[address]
        del places[place]
        if not places:
            del self._places_by_address[address]

    def _since(self, before: "dict[str, Neighbour | None]") -> Change:
        after = {address: self.find(address) for address in before}
        return Change(
            tuple(new for address, new in after.items() if new and new != before[address]),
            tuple(address for address, new in after.items() if not new and before[address]),
        )


def with_link(address: str, interface: str) -> str:
    """Return *address* as a socket shows it: a link-local one of IPv6 with its link."""
    if _LINK_LOCAL.match(address):
        return f"{address}%{interface}"
    return address


def _heard_at(entry: Entry, now: float, known: "_Heard | None") -> float:
    if entry.confirmed_seconds is not None:
        return now - entry.confirmed_seconds
    return known.at if known and known.neighbour.mac == entry.mac else now


_LINK_LOCAL: Final = re.compile("fe[89ab][0-9a-f]:")  # fe80::/10, in canonical text

_Place = tuple[int, str]  # the number of an interface, an address without its link


class _Heard(NamedTuple):
    neighbour: Neighbour
    at: float
