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


class HouseWatch:
    """Watches the house of *running*. What was seen before is in the file of the state folder."""

    def __init__(self, running: RunningFilter) -> None:
        self._running = running
        self._told: set[str] = set()
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
            self._told.add(each.key)

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
        is_wanted = rules.compiled.process.devices.tells_new
        for device in self._running.nearby.seen:
            if device.key in self._told or device.asked_at is None:
                continue
            self._told.add(device.key)
            if is_wanted and is_unknown(device, rules.identifier):
                self._running.newcomers.append(device)
                logger.warning("new device: %s; the policy of unknown devices holds", name(device))


def name(device: SeenDevice) -> str:
    """Return how *device* is told to people: what it calls itself, who made it, its card."""
    words = [device.host_name, device.maker, device.mac or device.addresses[0]]
    return ", ".join(word for word in words if word)
