"""A connection of one client that is kept, and made anew where it has ended."""

import selectors
import socket
from contextlib import suppress
from typing import Final

from filterdns.dns.framing import Deframer, frame
from soak.transports import Hear

CONNECT_SECONDS: Final = 1.0


class Stream:
    """Sends over TCP between *ends*: address, server. *hear* gets answers under *base* and id."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        ends: tuple[str, tuple[str, int]],
        base: int,
        hear: Hear,
    ) -> None:
        self._selector = selector
        self._ends = ends
        self._base = base
        self._hear = hear
        self._connect()

    def send(self, wire: bytes) -> None:
        """Send *wire* whole; raises OSError, and begins anew, where that cannot be."""
        framed = frame(wire)
        try:
            is_whole = self._socket.send(framed) == len(framed)
        except OSError:
            self._begin_anew()
            raise
        if not is_whole:  # the rest of the stream would be out of step
            self._begin_anew()
            raise BlockingIOError

    def on_event(self, _events: int) -> None:
        """Take what has arrived."""
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._begin_anew()
            return
        for wire in self._deframer.feed(data):
            self._hear(self._base | int.from_bytes(wire[:2]), wire)

    def close(self) -> None:
        """Close it. May be called twice."""
        if self._socket.fileno() >= 0:
            self._selector.unregister(self._socket)
            self._socket.close()

    def _begin_anew(self) -> None:
        self.close()
        with suppress(OSError):  # nobody listens at the moment; the next `send` tries again
            self._connect()

    def _connect(self) -> None:
        address, server = self._ends
        self._deframer = Deframer()
        self._socket = socket.create_connection(server, CONNECT_SECONDS, (address, 0))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, selectors.EVENT_READ, self)
