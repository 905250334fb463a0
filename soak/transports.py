"""What the load asks through: sockets that are kept for UDP, a connection a question by TCP."""

import selectors
import socket
from collections.abc import Callable

Hear = Callable[[int, bytes], None]


class Datagrams:
    """A connected socket of one client; *hear* gets each answer under *base* and its id."""

    def __init__(
        self, sock: socket.socket, base: int, hear: Hear, fail: Callable[[], None]
    ) -> None:
        self._socket = sock
        self._base = base
        self._hear = hear
        self._fail = fail

    def on_event(self, _events: int) -> None:
        """Take all that has arrived."""
        receive, base, hear = self._socket.recv, self._base, self._hear
        try:
            while True:
                wire = receive(4096)
                hear(base | int.from_bytes(wire[:2]), wire)
        except BlockingIOError:
            pass
        except OSError:
            self._fail()  # an ICMP error: nobody listens there at the moment


class Connection:
    """The question *wire* over a connection of its own between *ends*: address, server.

    *hear* gets the answer under *key*. Raises OSError where no connection can be tried.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        ends: tuple[str, tuple[str, int]],
        wire: bytes,
        key: int,
        hear: Hear,
        fail: Callable[[], None],
    ) -> None:
        self._selector = selector
        self._key = key
        self._hear = hear
        self._fail = fail
        self._to_send = len(wire).to_bytes(2) + wire
        self._heard = b""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        address, server = ends
        try:
            self._socket.bind((address, 0))
            self._socket.connect(server)
        except BlockingIOError:
            pass
        except OSError:
            self._socket.close()
            raise
        selector.register(self._socket, selectors.EVENT_WRITE, self)

    def on_event(self, events: int) -> None:
        """Send the question, or take what has arrived."""
        try:
            if events & selectors.EVENT_WRITE:
                self._socket.send(self._to_send)
                self._selector.modify(self._socket, selectors.EVENT_READ, self)
                return
            self._read(self._socket.recv(4096))
        except BlockingIOError:
            pass
        except OSError:
            self._fail()
            self.close()

    def close(self) -> None:
        """Give the connection up. May be called twice."""
        if self._socket.fileno() >= 0:
            self._selector.unregister(self._socket)
            self._socket.close()

    def _read(self, data: bytes) -> None:
        self._heard += data
        if not data:
            self.close()
        elif len(self._heard) >= 2 + int.from_bytes(self._heard[:2]):
            self.close()
            wire = self._heard[2:]
            if int.from_bytes(wire[:2]) == self._key & 0xFFFF:
                self._hear(self._key, wire)
