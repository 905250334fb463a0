"""How many bytes the kernel queues for each UDP socket, and what it has thrown away.

A socket that is closed takes its count along; what it had is kept here, so a total never falls.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from filterdns.listeners.binding import Endpoint, dropped_datagrams, granted_buffer_bytes

Place = tuple[Endpoint, int]
"""An endpoint with its real port, and the number of the worker that reads it."""


class BufferState(NamedTuple):
    """The queue of one worker at one address.

    *granted_bytes* is what was granted of `RECEIVE_BUFFER_BYTES`, 0 while no socket is bound there;
    *dropped* counts the datagrams for which the queue had no room, since the start.
    """

    host: str
    port: int
    worker: int
    granted_bytes: int
    dropped: int


class Buffers:
    """What all sockets have dropped, those that are closed included."""

    def __init__(self) -> None:
        self._dropped_before: Counter[Place] = Counter()

    def keep(self, endpoint: Endpoint, worker: int, udp: socket.socket) -> None:
        """Keep what *udp* has dropped; to be called once, when it is about to be closed."""
        if dropped := dropped_datagrams(udp):
            self._dropped_before[endpoint, worker] += dropped

    def states(self, bound: Iterable[tuple[Place, socket.socket]]) -> list[BufferState]:
        """Return the state at every place that is *bound* or has dropped something before.

        Copies of one socket have one queue: the first place alone stands for them.
        """
        dropped = self._dropped_before.copy()
        granted: Counter[Place] = Counter()
        seen: set[int] = set()
        for place, udp in bound:
            inode = os.fstat(udp.fileno()).st_ino
            if inode not in seen:
                seen.add(inode)
                dropped[place] += dropped_datagrams(udp)
                # The kernel doubles what it grants, for its own bookkeeping (socket(7)).
                granted[place] = granted_buffer_bytes(udp) // 2
        return [
            BufferState(*endpoint, worker, granted[endpoint, worker], count)
            for (endpoint, worker), count in dropped.items()
        ]
