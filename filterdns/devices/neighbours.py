"""The neighbours of this host, followed as they come, change and go.

    neighbours = Neighbours(changed)         # told of batches, see `neighbour.Changed`
    tasks.spawn(neighbours.run())            # endless

The kernel tells each change by rtnetlink. Where it has told more than could be kept (ENOBUFS) the
tables are read anew, and now and then in any case. Where a sandbox refuses rtnetlink the tables are
polled (`neighbour_files`), and `source` says so.
"""

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Final

from filterdns.devices.neighbour import Changed, Neighbour
from filterdns.devices.neighbour_files import polled_entries
from filterdns.devices.neighbour_messages import Entry, all_entries, read_entries, watch_entries
from filterdns.devices.neighbour_table import Change, NeighbourTable
from filterdns.netlink import MAX_PACKET_BYTES

log: Final = logging.getLogger("filterdns")

READ_ANEW_SECONDS: Final = 300.0
POLL_SECONDS: Final = 2.0


class Source(StrEnum):
    """Where the neighbours are known from."""

    NONE = "none"  # not asked yet
    EVENTS = "events"  # the kernel tells each change at once
    POLLED = "polled"  # looked at every two seconds; perhaps IPv4 alone


class Neighbours:
    """Tells *changed* who has which address; *now* returns Unix seconds.

    *has_looked* is set as soon as all have been told that are known at the start.
    """

    def __init__(self, changed: Changed, now: Callable[[], float] = time.time) -> None:
        self.source = Source.NONE
        self.has_looked = asyncio.Event()
        self._changed = changed
        self._now = now
        self._table = NeighbourTable(_name_of_interface)

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self._table)

    def find(self, address: str) -> Neighbour | None:
        """Return who has *address*, written as a socket shows it."""
        return self._table.find(address)

    def confirmed_at(self) -> Iterator[tuple[Neighbour, float]]:
        """Yield each neighbour with the time (Unix seconds) when it was last heard to be there.

        Known to some minutes: the kernel does not tell every sign of life.
        """
        return self._table.confirmed_at()

    async def run(self) -> None:
        """Follow the neighbours until cancelled."""
        while True:
            with suppress(OSError):
                await self._follow()
            if self.source is Source.NONE:
                log.warning("the kernel does not tell which devices are near: no rtnetlink here")
            self.source = Source.POLLED
            self._tell(self._table.replace(await asyncio.to_thread(polled_entries), self._now()))
            self.has_looked.set()
            await asyncio.sleep(POLL_SECONDS)

    async def _follow(self) -> None:
        with watch_entries() as netlink:  # before the first look, so that nothing is missed
            while True:
                await self._read_anew()
                self.source = Source.EVENTS
                self.has_looked.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(READ_ANEW_SECONDS):
                        await self._listen(netlink)
                _forget_queued(netlink)

    async def _listen(self, netlink: socket.socket) -> None:
        """Take what is told, until some of it has been lost."""
        while True:
            try:
                entries = await _heard(netlink)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                return
            self._tell(self._table.take(entries, self._now()))

    async def _read_anew(self) -> None:
        self._tell(self._table.replace(await asyncio.to_thread(all_entries), self._now()))

    def _tell(self, change: Change) -> None:
        if change:
            self._changed(change.here, change.gone)


async def _heard(netlink: socket.socket) -> list[Entry]:
    """Wait until something is told, and return all that is there; raises `OSError` (ENOBUFS)."""
    wire = await asyncio.get_running_loop().sock_recv(netlink, MAX_PACKET_BYTES)
    entries = list(read_entries(wire))
    with suppress(BlockingIOError):
        while len(entries) < _BATCH:
            entries += read_entries(netlink.recv(MAX_PACKET_BYTES))
    return entries


def _forget_queued(netlink: socket.socket) -> None:
    """Drop what is older than the look that follows, and has gaps: it would be taken for news."""
    while True:
        try:
            netlink.recv(MAX_PACKET_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise


def _name_of_interface(number: int) -> str:
    try:
        return socket.if_indextoname(number)
    except OSError:
        return ""


_BATCH: Final = 1_000
