"""What is around this host: its links, and which MAC is behind which address on them."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from filterdns.control.askers import Askers
from filterdns.control.bindings import KnownBindings, Origin
from filterdns.control.links import read_links
from filterdns.control.workers import WorkerLinks
from filterdns.devices.lease import Lease
from filterdns.devices.leases import LeaseFiles
from filterdns.devices.makers import Makers
from filterdns.devices.neighbour import Neighbour
from filterdns.devices.neighbours import Neighbours
from filterdns.devices.seen import SeenDevices
from filterdns.listeners.addresses import watch_addresses
from filterdns.netlink import MAX_PACKET_BYTES
from filterdns.resolver.bindings import NO_MAC
from filterdns.tasks import Tasks

FIRST_LOOK_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 0.05  # addresses come in groups


class Nearby:
    """Follows what is around; *bindings* has what workers are told. *now* gives Unix seconds.

    *seen* are the devices that were ever here, *askers* who has asked of late.
    """

    def __init__(self, path: Path, workers: WorkerLinks, now: Callable[[], float]) -> None:
        self.bindings = KnownBindings(path, workers)
        self.seen = SeenDevices(Makers())
        self.askers = Askers(self.seen, self.bindings.mac_of, self._is_own)
        self.own_addresses: Sequence[str] = ()
        self._now = now
        self.neighbours = Neighbours(self._on_neighbours, now)
        self.leases = LeaseFiles(self._on_leases, now)

    async def begin(self, tasks: Tasks) -> None:
        """Look around once, write down what there is, and follow it from then on.

        Before any worker is told: one that answers already would forget whom it knows.
        """
        await self._look_at_links()
        for endless in (self.neighbours.run(), self.leases.run()):
            tasks.spawn(endless)
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self.neighbours.has_looked.wait()
                await self.leases.has_looked.wait()
        await self.bindings.write()
        tasks.spawn(self.bindings.keep())
        tasks.spawn(self._follow_links())

    def _is_own(self, address: str) -> bool:
        return address in self.own_addresses or address == "::1" or address.startswith("127.")

    def _on_neighbours(self, here: Sequence[Neighbour], gone: Sequence[str]) -> None:
        pairs = [(each.address, each.mac) for each in here]
        pairs += [(address, NO_MAC) for address in gone]
        self.bindings.tell(Origin.NEIGHBOUR, pairs)
        for each in here:
            self.seen.see_neighbour(each, self._now())

    def _on_leases(self, here: Sequence[Lease], gone: Sequence[Lease]) -> None:
        for each in here:
            self.seen.see_lease(each, self._now())
        pairs = [(each.address, each.mac or NO_MAC) for each in here]
        pairs += [(each.address, NO_MAC) for each in gone]
        self.bindings.tell(Origin.LEASE, pairs)

    async def _look_at_links(self) -> None:
        links = await asyncio.to_thread(read_links)
        self.bindings.follow_links(links.networks)
        self.bindings.replace(Origin.OWN, dict(links.own_macs))
        self.own_addresses = tuple(links.own_macs)

    async def _follow_links(self) -> None:
        """Look at the links anew whenever an address comes or goes, and now and then."""
        while True:
            try:
                with watch_addresses() as netlink:  # before the look, so that nothing is missed
                    await self._look_at_links()
                    await _wait_for(netlink)
            except OSError:  # there is no rtnetlink here
                await self._look_at_links()
                await asyncio.sleep(LOOK_SECONDS)


async def _wait_for(netlink: socket.socket) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await asyncio.get_running_loop().sock_recv(netlink, MAX_PACKET_BYTES)
            await asyncio.sleep(SETTLE_SECONDS)
