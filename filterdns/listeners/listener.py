"""What all listeners share: a socket that the loop watches until it is paused or closed."""

import asyncio
import socket
from abc import ABC, abstractmethod
from typing import Any, Final


class Listener(ABC):
    """A bound socket that is read under `add_reader`; owns it and makes it non-blocking."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._end_of_rest: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        self._watch()

    def rest(self, seconds: float) -> None:
        """Take nothing for *seconds*."""
        self.pause()
        self._end_of_rest = self._loop.call_later(seconds, self._watch)

    def pause(self) -> None:
        """Take no more; what is under way is still answered. May be called twice."""
        if self._end_of_rest is not None:
            self._end_of_rest.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())

    def close(self) -> None:
        """Close the socket. May be called twice."""
        self.pause()
        self._socket.close()

    def _watch(self) -> None:
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    @abstractmethod
    def _on_readable(self) -> None:
        """Take what has arrived without waiting."""


def client_address(address: tuple[Any, ...]) -> str:
    """Return the address of a client alone, whose socket shows it as *address*.

    A dual-stack socket shows one of IPv4 in a cloak of IPv6 (RFC 4291 section 2.5.5.2). A
    link-local one is met on every link, so its own is part of it: `fe80::1%eth0` (RFC 4007 section
    11). The socket module shows that beside it, as a number.
    """
    host: str = address[0]
    if len(address) == _IPV6_PARTS and address[3]:
        return f"{host}%{_name_of_link(address[3])}"
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) and "." in host else host


def _name_of_link(number: int) -> str:
    try:
        return socket.if_indextoname(number)
    except OSError:  # gone since
        return str(number)


_MAPPED: Final = "::ffff:"
_IPV6_PARTS: Final = 4  # host, port, flow label, scope id
