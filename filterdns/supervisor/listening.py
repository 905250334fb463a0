"""Where the filter listens, in step with the addresses of this host, and what is said of it."""

import logging
from collections.abc import Iterable
from socket import socket
from typing import Final

from filterdns.listeners.binding import RECEIVE_BUFFER_BYTES, Endpoint
from filterdns.listeners.endpoints import Change, Endpoints

log: Final = logging.getLogger("filterdns")

LOOK_AGAIN_SECONDS: Final = 3.0


def by_endpoint(passed: Iterable[socket]) -> dict[Endpoint, list[socket]]:
    """Return the sockets of the service manager by what they are bound to."""
    found: dict[Endpoint, list[socket]] = {}
    for one in passed:
        host, port, *_ = one.getsockname()
        found.setdefault(Endpoint(host, port), []).append(one)
    return found


class Listening:
    """Looks at *endpoints* when that is due; times are monotonic seconds."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._looked_at = 0.0

    def begin(self, now: float) -> tuple[Change, str]:
        """Bind for the first time; return what was done, and why nothing can be served, if so."""
        self._looked_at = now
        change = self._endpoints.follow()
        if failure := self._endpoints.failure():
            log.error(failure)
            return change, failure
        for trouble in change.troubles:
            log.warning(trouble)
        granted = [each.granted_bytes for each in self._endpoints.buffers() if each.granted_bytes]
        if granted and min(granted) < RECEIVE_BUFFER_BYTES:
            log.info(
                "the kernel queues %d of %d KiB of queries a socket; net.core.rmem_max raises it",
                min(granted) >> 10,
                RECEIVE_BUFFER_BYTES >> 10,
            )
        return change, ""

    def is_due(self, now: float) -> bool:
        """Whether something may have changed of which the kernel does not tell."""
        return self._endpoints.needs_another_look and now - self._looked_at >= LOOK_AGAIN_SECONDS

    def follow(self, now: float) -> tuple[Change, bool]:
        """Look at the addresses; return what was done, and whether the networks are other ones."""
        self._looked_at = now
        networks = self._endpoints.networks
        change = self._endpoints.follow()
        for trouble in change.troubles:
            log.warning(trouble)
        for endpoint in change.added:
            log.info("listens on %s, too", endpoint)
        for endpoint in change.gone:
            log.info("no longer listens on %s", endpoint)
        return change, self._endpoints.networks != networks
