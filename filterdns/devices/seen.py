"""The devices that were seen, named or not: what a parent chooses from when a new phone shows up.

A device is its MAC. Where none is known, behind a router say, an address stands for itself until
somebody learns its MAC. The table is bounded and forgets: it is about people's evenings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from filterdns.devices.lease import Lease
from filterdns.devices.makers import Makers, is_private
from filterdns.devices.neighbour import Neighbour

MAX_DEVICES: Final = 10_000
MAX_STRAYS: Final = 1_000  # addresses without a MAC, which anybody can make up
MAX_ADDRESSES: Final = 32  # of a device: privacy addresses come and go, some a day
KEEP_SECONDS: Final = 30 * 86_400.0
TOGETHER_SECONDS: Final = 60.0  # what was seen is told some seconds later
MOST_NAMESAKES: Final = 5  # more are no help to whoever has to choose
KEEP_ADDRESS_SECONDS: Final = 7 * 86_400.0


class SeenDevice(NamedTuple):
    """What is known of one device. Times are Unix seconds.

    *mac* is empty where it is not known, and *addresses* has one then. The address that was seen
    last stands first; a device behind a trusted forwarder may have none. *asked_at* is when it last
    asked a question, None: never.
    """

    mac: str
    addresses: tuple[str, ...]
    host_name: str
    maker: str
    is_private: bool
    is_router: bool
    first_seen_at: float
    last_seen_at: float
    asked_at: float | None

    @property
    def key(self) -> str:
        """What it is known by: its MAC, or its address."""
        return self.mac or self.addresses[0]


class SeenDevices:
    """Takes what neighbour tables, leases and queries tell; times are arguments, Unix seconds."""

    def __init__(self, makers: Makers, known: Iterable[SeenDevice] = ()) -> None:
        self._makers = makers
        # The one that was seen last stands last in each.
        self._device_by_mac: dict[str, _Device] = {}
        self._stray_by_address: dict[str, _Device] = {}
        self._mac_by_address: dict[str, str] = {}
        for each in known:
            self.remember(each)

    def __len__(self) -> int:
        return len(self._device_by_mac) + len(self._stray_by_address)

    def __iter__(self) -> Iterator[SeenDevice]:
        for devices in (self._device_by_mac, self._stray_by_address):
            for device in devices.values():
                yield self._tell(device)

    def find(self, key: str) -> SeenDevice | None:
        """Return the device with this MAC, or behind this address."""
        device = self._device_by_mac.get(self._mac_by_address.get(key, key))
        device = device or self._stray_by_address.get(key)
        return self._tell(device) if device else None

    def remember(self, seen: SeenDevice) -> None:
        """Take what was known of a device earlier; what is known since comes first."""
        device = None
        for address in reversed(seen.addresses or ("",)):
            if self._mac_by_address.get(address, seen.mac) == seen.mac:
                device = self._see(seen.mac, address, seen.last_seen_at)
        if device is None:
            return
        device.first_seen_at = min(device.first_seen_at, seen.first_seen_at)
        device.host_name = device.host_name or seen.host_name
        device.is_router = device.is_router or seen.is_router
        if seen.asked_at is not None:
            device.asked_at = max(device.asked_at or seen.asked_at, seen.asked_at)

    def see_neighbour(self, neighbour: Neighbour, at: float) -> None:
        """Take that *neighbour* was there *at* that moment."""
        device = self._see(neighbour.mac, neighbour.address, at)
        device.is_router = device.is_router or neighbour.is_router

    def see_lease(self, lease: Lease, at: float) -> None:
        """Take that *lease* was made or renewed *at* that moment."""
        device = self._see(lease.mac, lease.address, at)
        device.host_name = lease.host_name or device.host_name

    def see_query(self, at: float, *, address: str = "", mac: str = "") -> None:
        """Take that a device has asked *at* that moment.

        Of a query that came through a trusted forwarder only the *mac* counts that it told: the
        address is the forwarder's own.
        """
        device = self._see(mac, "" if mac else address, at)
        device.asked_at = max(device.asked_at or at, at)

    def forget_old(self, now: float) -> None:
        """Forget what was not seen for long."""
        for mac, device in list(self._device_by_mac.items()):
            if device.last_seen_at < now - KEEP_SECONDS:
                self._forget(mac)
                continue
            for address, at in list(device.seen_at_by_address.items()):
                if at < now - KEEP_ADDRESS_SECONDS:
                    self._drop_address(device, address)
        for address, device in list(self._stray_by_address.items()):
            if device.last_seen_at < now - KEEP_ADDRESS_SECONDS:
                del self._stray_by_address[address]

    def _see(self, mac: str, address: str, at: float) -> "_Device":
        mac = mac or self._mac_by_address.get(address, "")
        if not mac:
            return self._see_stray(address, at)
        device = self._device_by_mac.pop(mac, None) or _Device(mac, at, at)
        self._device_by_mac[mac] = device
        device.see(at)
        if address:
            self._give(address, device, at)
        if len(self._device_by_mac) > MAX_DEVICES:
            self._forget(next(iter(self._device_by_mac)))
        return device

    def _see_stray(self, address: str, at: float) -> "_Device":
        device = self._stray_by_address.pop(address, None) or _Device("", at, at)
        self._stray_by_address[address] = device
        device.see(at)
        device.seen_at_by_address[address] = at
        if len(self._stray_by_address) > MAX_STRAYS:
            del self._stray_by_address[next(iter(self._stray_by_address))]
        return device

    def _give(self, address: str, device: "_Device", at: float) -> None:
        """Let *address* be the device's, whosever it was; what it did while a stray goes along."""
        before = self._mac_by_address.get(address)
        if before is not None and before != device.mac:
            self._drop_address(self._device_by_mac[before], address)
        stray = self._stray_by_address.pop(address, None)
        if stray:
            device.take_over(stray)
        self._mac_by_address[address] = device.mac
        device.seen_at_by_address[address] = max(at, device.seen_at_by_address.pop(address, at))
        if len(device.seen_at_by_address) > MAX_ADDRESSES:
            self._drop_address(device, next(iter(device.seen_at_by_address)))

    def _drop_address(self, device: "_Device", address: str) -> None:
        del device.seen_at_by_address[address]
        del self._mac_by_address[address]

    def _forget(self, mac: str) -> None:
        for address in self._device_by_mac.pop(mac).seen_at_by_address:
            del self._mac_by_address[address]

    def _tell(self, device: "_Device") -> SeenDevice:
        return SeenDevice(
            mac=device.mac,
            addresses=tuple(reversed(device.seen_at_by_address)),
            host_name=device.host_name,
            maker=self._makers.find(device.mac) if device.mac else "",
            is_private=bool(device.mac) and is_private(device.mac),
            is_router=device.is_router,
            first_seen_at=device.first_seen_at,
            last_seen_at=device.last_seen_at,
            asked_at=device.asked_at,
        )


class Offer(NamedTuple):
    """A device that calls itself what known ones call themselves: it may be one of them.

    Only offered, never applied: anybody can give a device any name.
    """

    newcomer: SeenDevice
    known: tuple[SeenDevice, ...]


def offers(devices: Sequence[SeenDevice], known_macs: Mapping[str, object]) -> list[Offer]:
    """Return for each newcomer with a private MAC which of *known_macs* it may have been.

    A phone that has forgotten the network comes back under another MAC, but asks for an address
    under its old name. One that was there together with the newcomer is another device. Of a name
    that many have nothing is offered: all tablets of a school may be called alike.
    """
    known_by_name: dict[str, list[SeenDevice]] = {}
    for each in devices:
        if each.mac in known_macs and each.host_name:
            known_by_name.setdefault(each.host_name.casefold(), []).append(each)
    found = []
    for newcomer in devices:
        if newcomer.mac in known_macs or not newcomer.is_private:
            continue
        namesakes = known_by_name.get(newcomer.host_name.casefold(), [])
        if len(namesakes) > MOST_NAMESAKES:
            continue
        before = [
            each
            for each in namesakes
            if each.last_seen_at <= newcomer.first_seen_at + TOGETHER_SECONDS
        ]
        if before:
            found.append(Offer(newcomer, tuple(before)))
    return found


@dataclass(slots=True)
class _Device:
    mac: str
    first_seen_at: float
    last_seen_at: float
    host_name: str = ""
    is_router: bool = False
    asked_at: float | None = None
    seen_at_by_address: dict[str, float] = field(default_factory=dict)  # the last one stands last

    def see(self, at: float) -> None:
        self.first_seen_at = min(self.first_seen_at, at)
        self.last_seen_at = max(self.last_seen_at, at)

    def take_over(self, stray: "_Device") -> None:
        self.first_seen_at = min(self.first_seen_at, stray.first_seen_at)
        self.last_seen_at = max(self.last_seen_at, stray.last_seen_at)
        self.host_name = self.host_name or stray.host_name
        if stray.asked_at is not None:
            self.asked_at = max(self.asked_at or stray.asked_at, stray.asked_at)
