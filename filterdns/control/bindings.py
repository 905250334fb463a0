"""Which MAC is behind which address: gathered from all who know, told to the workers, written down.

Workers hear of what has changed at once. All of it lies in a file of the run folder for those that
come; what is not in there yet is told to them right behind it.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from filterdns.control.workers import WorkerLinks
from filterdns.errors import StateError
from filterdns.policy.address import Address, read_address
from filterdns.policy.client import Identifier, Identity
from filterdns.resolver.bindings import (
    NO_MAC,
    Bindings,
    Pair,
    add_bindings,
    write_bindings,
)

logger: Final = logging.getLogger(__name__)

PAIRS_A_MESSAGE: Final = 500  # of at most 80 bytes each: they fit into one of the channel
RETRY_SECONDS: Final = 5.0


class Origin(IntEnum):
    """Who says whose an address is; on our own links the first that knows is believed."""

    OWN = 0  # an address of this host
    NEIGHBOUR = 1  # the kernel has an answer from there
    LEASE = 2  # a DHCP server has given it away: true beyond our own links, too


class KnownBindings:
    """What control knows of bindings; *path* is the file for workers that come."""

    def __init__(self, path: Path, workers: WorkerLinks) -> None:
        self.trouble = ""
        self._path = path
        self._workers = workers
        self._bindings = Bindings(links=())
        self._said: dict[Origin, dict[str, str]] = {origin: {} for origin in Origin}
        self._unwritten: dict[str, str] = {}  # MACs by address: a disk may refuse for days
        self._lines = 0
        self._is_written = False
        self._is_whole = False  # whether the file holds what it should but for the unwritten
        self._changed = asyncio.Event()
        workers.greet_with(self._greeting)

    def __len__(self) -> int:
        return len(self._bindings.mac_by_address)

    def mac_of(self, address: str) -> str:
        """Return the MAC behind *address*, written as sockets show it; empty if none is known."""
        return self._bindings.mac_by_address.get(address, NO_MAC)

    def items(self) -> Iterator[Pair]:
        """Yield each address with its MAC."""
        yield from self._bindings.mac_by_address.items()

    def identify(self, address: str, identifier: Identifier) -> Identity:
        """Return who asks from *address*, as the workers see it."""
        return self._bindings.identify(address, read_address(address), identifier)

    def follow_links(self, networks: tuple[str, ...]) -> None:
        """Let addresses in *networks* (CIDR texts) be those that have a MAC."""
        if networks != self._bindings.links:
            self._bindings = Bindings(self._bindings.mac_by_address, networks)
            for address in {each for said in self._said.values() for each in said}:
                self._bindings.put(address, self._believed(address))
            self._is_whole = False
            self._changed.set()

    def tell(self, origin: Origin, pairs: Iterable[Pair]) -> None:
        """Take what *origin* says is different: addresses with their MAC, empty if it has gone."""
        said = self._said[origin]
        news = []
        for address, mac in pairs:
            if mac == NO_MAC:
                said.pop(address, None)
            else:
                said[address] = mac
            mac = self._believed(address)
            if self._bindings.put(address, mac):
                news.append((address, mac))
        self._spread(news)

    def replace(self, origin: Origin, mac_by_address: dict[str, str]) -> None:
        """Take *mac_by_address* as all that *origin* says."""
        gone = self._said[origin].keys() - mac_by_address.keys()
        self.tell(origin, [*((each, NO_MAC) for each in gone), *mac_by_address.items()])

    async def write(self) -> None:
        """Write what is not written yet; the log tells of a disk that does not take it."""
        pairs = list(self._unwritten.items())  # they stay there until they are written
        was_whole, links = self._is_whole, self._bindings.links
        try:
            if was_whole and self._lines <= _SLACK + 2 * len(self):
                await asyncio.to_thread(add_bindings, pairs, self._path)
                self._lines += len(pairs)
            else:
                known = Bindings(dict(self._bindings.mac_by_address), links)
                await asyncio.to_thread(write_bindings, known, self._path)
                self._lines = len(known.mac_by_address)
        except StateError as error:
            self._is_whole = False
            self._report(str(error))
            return
        self._report("")
        self._is_written = True
        for address, mac in pairs:
            if self._unwritten.get(address) == mac:  # not another one by now
                del self._unwritten[address]
        self._is_whole = links == self._bindings.links
        if not was_whole:  # such as with other links, which nothing but the file tells
            self._workers.tell(self._named())

    async def keep(self) -> None:
        """Write what changes until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.write()
            if self.trouble:
                await asyncio.sleep(RETRY_SECONDS)
                self._changed.set()

    def _believed(self, address: str) -> str:
        origins = self._origins(read_address(address))
        found = (self._said[origin].get(address, NO_MAC) for origin in origins)
        return next(filter(None, found), NO_MAC)

    def _origins(self, source: Address) -> tuple[Origin, ...]:
        """Return who may say whose *source* is, whoever is believed first."""
        if not self._bindings.links or self._bindings.awaits(source):
            return _ON_OUR_LINKS
        return _BEYOND if source.version == _IPV4 else _BEYOND_IPV6

    def _spread(self, pairs: list[Pair]) -> None:
        if not pairs:
            return
        self._unwritten.update(pairs)
        for message in _messages(pairs):
            self._workers.tell(message)
        self._changed.set()

    def _greeting(self) -> Iterator[dict[str, Any]]:
        if self._is_written:
            yield self._named()
            yield from _messages(list(self._unwritten.items()))

    def _named(self) -> dict[str, Any]:
        return {"t": "bindings", "path": str(self._path)}

    def _report(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            logger.error("%s; a worker that is born now waits for every MAC", trouble)
        self.trouble = trouble


_IPV4: Final = 4
_ON_OUR_LINKS: Final = (Origin.OWN, Origin.NEIGHBOUR, Origin.LEASE)
# Whoever asks for our MAC says which address he has, and the kernel enters that, whatever network
# it is in. Of IPv6 a prefix may be on the link of which this host has no address.
_BEYOND: Final = (Origin.OWN, Origin.LEASE)
_BEYOND_IPV6: Final = (*_BEYOND, Origin.NEIGHBOUR)
_SLACK: Final = 1000  # lines that may be outdated before the file is written anew


def _messages(pairs: list[Pair]) -> Iterator[dict[str, Any]]:
    for at in range(0, len(pairs), PAIRS_A_MESSAGE):
        yield {"t": "bindings", "pairs": pairs[at : at + PAIRS_A_MESSAGE]}
