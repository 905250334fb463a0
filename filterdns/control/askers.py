"""Who has asked, by what workers tell now and then: no name of a site is in it.

The only names are those by which devices ask whether they are online (`check_names`).

A worker faces the network, so what it says is checked, and the table is bounded.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from filterdns.devices.check_names import SYSTEM_BY_CHECK_NAME
from filterdns.devices.detections import Asker
from filterdns.devices.seen import SeenDevices
from filterdns.policy.address import read_address
from filterdns.resolver.client_slot import AskerRow, Role

MAX_ADDRESSES: Final = 10_000  # in half an hour
HALF_AN_HOUR: Final = 1800.0


class Askers:
    """Counts questions by address for an hour, and tells *seen* of them.

    *mac_of* knows bindings, *is_own* the addresses of this host, which is no device of the house.
    """

    def __init__(
        self, seen: SeenDevices, mac_of: Callable[[str], str], is_own: Callable[[str], bool]
    ) -> None:
        self._seen = seen
        self._mac_of = mac_of
        self._is_own = is_own
        self._half = 0
        self._checks: list[dict[str, frozenset[str]]] = [{}, {}]
        self._by_themselves: list[Counter[str]] = [Counter(), Counter()]
        self._unmarked: list[Counter[str]] = [Counter(), Counter()]
        self._marked: list[Counter[str]] = [Counter(), Counter()]

    def take(self, rows: object, now: float) -> None:
        """Take a batch of a worker, as decoded from JSON; raises `ValueError` where it is none."""
        if not isinstance(rows, list):
            raise ValueError("askers that are no list")
        self._turn(now)
        for row in map(_read, rows):
            self._take(row, now)

    def of_last_hour(self, now: float) -> list[Asker]:
        """Return who has asked in the last hour, as a socket showed it."""
        self._turn(now)
        forwarders = self._marked[0] + self._marked[1] + self._unmarked[0] + self._unmarked[1]
        alone = self._by_themselves[0] + self._by_themselves[1]
        return [
            *(Asker(address, count, self._checks_of(address)) for address, count in alone.items()),
            *(Asker(address, count, is_marked=True) for address, count in forwarders.items()),
        ]

    def unmarked_forwarders(self, now: float) -> Iterator[tuple[str, int]]:
        """Yield trusted forwarders that did not say for whom they asked, and how often, of late."""
        self._turn(now)
        yield from (self._unmarked[0] + self._unmarked[1]).items()

    def _checks_of(self, address: str) -> frozenset[str]:
        return frozenset().union(*(half.get(address, frozenset()) for half in self._checks))

    def _take(self, row: AskerRow, now: float) -> None:
        match row.role:
            case Role.ITSELF if self._is_own(row.address):
                return
            case Role.ITSELF:
                self._count(self._by_themselves, row)
                if row.checks and row.address in self._by_themselves[0]:
                    known = self._checks[0].get(row.address, frozenset())
                    self._checks[0][row.address] = known.union(row.checks)
                self._seen.see_query(now, address=row.address, mac=self._mac_of(row.address))
            case Role.BEHIND if row.mac:
                self._count(self._marked, row)
                self._seen.see_query(now, mac=row.mac)
            case Role.BEHIND:
                self._count(self._unmarked, row)

    def _count(self, halves: list[Counter[str]], row: AskerRow) -> None:
        if row.address in halves[0] or len(halves[0]) < MAX_ADDRESSES:
            halves[0][row.address] += row.queries

    def _turn(self, now: float) -> None:
        """Begin a new half of an hour where one is over; a clock that is set begins anew, too."""
        half = int(now // HALF_AN_HOUR)
        if half == self._half:
            return
        is_next = half == self._half + 1
        self._half = half
        for halves in (self._by_themselves, self._unmarked, self._marked):
            halves[1] = halves[0] if is_next else Counter()
            halves[0] = Counter()
        self._checks = [{}, self._checks[0] if is_next else {}]


def _read(value: object) -> AskerRow:
    match value:
        case [str(address), str(mac), int(role), int(queries), list(checks)] if not isinstance(
            queries, bool
        ):
            read_address(address)
            if (mac and not _MAC.fullmatch(mac)) or not 0 < queries <= _MAX_QUERIES:
                raise ValueError("no asker")
            return AskerRow(address, mac, Role(role), queries, tuple(_known(checks)))
    raise ValueError("no asker")


def _known(checks: list[object]) -> set[str]:
    """Return those of *checks* that tell a kind of device: bounded, whatever a worker says."""
    return {each for each in checks if isinstance(each, str) and each in SYSTEM_BY_CHECK_NAME}


_MAC: Final = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_MAX_QUERIES: Final = 1 << 40
