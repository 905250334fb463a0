"""What all listeners share: a socket that the loop watches until it is paused or closed."""

import asyncio
import socket
from abc import ABC, abstractmethod


class Listener(ABC):
    """A bound socket that is read under `add_reader`; owns it and makes it non-blocking."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self._on_readable)

    def pause(self) -> None:
        """Take no more; what is under way is still answered. May be called twice."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())

    def close(self) -> None:
        """Close the socket. May be called twice."""
        self.pause()
        self._socket.close()

    @abstractmethod
    def _on_readable(self) -> None:
        """Take what has arrived without waiting."""
