"""What looks wrong about how the house is connected: looked for again and again, told once."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from filterdns.control.nearby import Nearby
from filterdns.devices.detections import Finding, Situation, find_all
from filterdns.devices.gateways import default_gateways
from filterdns.devices.neighbour_limits import NeighbourLimits, neighbour_limits

logger: Final = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0


class Findings:
    """Keeps *current*, what looks wrong around *nearby*; *watched_since* is Unix seconds."""

    def __init__(self, nearby: Nearby, watched_since: float) -> None:
        self.current: Sequence[Finding] = ()
        self._nearby = nearby
        self._watched_since = watched_since
        self._limits: Sequence[NeighbourLimits] = ()

    async def look(self, now: float) -> None:
        """Look now (Unix seconds)."""
        gateways = await asyncio.to_thread(default_gateways)
        limits = await asyncio.to_thread(neighbour_limits)
        nearby = self._nearby
        found = find_all(
            Situation(
                askers=nearby.askers.of_last_hour(now),
                devices=tuple(nearby.seen),
                gateways={each.address for each in gateways},
                own_addresses=set(nearby.own_addresses),
                watched_since=self._watched_since,
                in_container=_IN_CONTAINER.exists() or _IN_PODMAN.exists(),
                addresses_by_mac=_addresses_by_mac(nearby),
                limits=limits,
                limits_before=self._limits or limits,
            )
        )
        self._limits = limits
        self._tell(found)
        self.current = found

    def _tell(self, found: Sequence[Finding]) -> None:
        before = {(each.kind, each.subject) for each in self.current}
        for each in found:
            if (each.kind, each.subject) not in before:
                logger.warning("%s; %s", each.found, each.cure)
        now = {(each.kind, each.subject) for each in found}
        for each in self.current:
            if (each.kind, each.subject) not in now:
                logger.info("no longer: %s", each.found)


_IN_CONTAINER: Final = Path("/.dockerenv")
_IN_PODMAN: Final = Path("/run/.containerenv")


def _addresses_by_mac(nearby: Nearby) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for neighbour in nearby.neighbours:
        found.setdefault(neighbour.mac, []).append(neighbour.address)
    return found
