"""The house, looked at every minute: who is there, who is new, what looks wrong."""

import asyncio
import logging
from typing import Final

from filterdns.control.devices import is_unknown
from filterdns.control.running import RunningFilter
from filterdns.control.seen_file import read_seen, write_seen
from filterdns.devices.seen import SeenDevice
from filterdns.errors import StateError

logger: Final = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
MOST_LINES: Final = 10  # of the log, at one look: anybody can make up addresses


class HouseWatch:
    """Watches the house of *running*. What was seen before is in the file of the state folder.

    *told* are the keys of the devices that are no news any more, among those that are still known.
    """

    def __init__(self, running: RunningFilter) -> None:
        self._running = running
        self.told: set[str] = set()
        self._is_written = True

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        self.remember(await asyncio.to_thread(read_seen, self._running.options.folders.seen))
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def remember(self, devices: list[SeenDevice]) -> None:
        """Take *devices* as seen before; they are no news."""
        for each in devices:
            self._running.nearby.seen.remember(each)
            self.told.add(each.key)

    async def look(self) -> None:
        """Look now, and write down who was seen."""
        running, nearby = self._running, self._running.nearby
        now = running.clock.now()
        for neighbour, at in list(nearby.neighbours.confirmed_at()):
            nearby.seen.see_neighbour(neighbour, at)
        nearby.seen.forget_old(now)
        await running.findings.look(now)
        self._tell_newcomers()
        await self.write()

    async def write(self) -> None:
        """Write down who was seen; the log tells once of a disk that does not take it."""
        devices, path = list(self._running.nearby.seen), self._running.options.folders.seen
        try:
            await asyncio.to_thread(write_seen, devices, path)
        except StateError as error:
            if self._is_written:
                logger.warning("%s; a restart forgets which devices were here", error)
            self._is_written = False
        else:
            self._is_written = True

    def _tell_newcomers(self) -> None:
        """Tell each device once that has asked and is nobody's, if the config wants it."""
        rules = self._running.in_force.rules
        devices = list(self._running.nearby.seen)
        asked = [each for each in devices if each.asked_at is not None]
        news = [each for each in asked if each.key not in self.told]
        self.told.update(each.key for each in news)
        self.told.intersection_update(each.key for each in devices)
        if not rules.compiled.process.devices.tells_new:
            return
        unknown = [each for each in news if is_unknown(each, rules.identifier)]
        self._running.newcomers += unknown
        for device in unknown[:MOST_LINES]:
            logger.warning("new device: %s; the policy of unknown devices holds", name(device))
        if len(unknown) > MOST_LINES:
            logger.warning("%d more new devices", len(unknown) - MOST_LINES)


def name(device: SeenDevice) -> str:
    """Return how *device* is told to people: what it calls itself, who made it, its card."""
    words = [device.host_name, device.maker, device.mac or device.addresses[0]]
    return ", ".join(word for word in words if word)
