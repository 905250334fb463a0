"""The worker's side of the link to the control process.

The worker connects, not the other way round: the control process may die and return, and answers go
on without it. What goes up waits here while control is slow or away, within a bound.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from filterdns import channel

logger = logging.getLogger(__name__)

RECONNECT_SECONDS: Final = 1.0
MAX_WAITING: Final = 1000  # messages; the oldest batches of records go first

Message = dict[str, Any]


class ControlLink:
    """Keeps a SEQPACKET connection to *path*.

    *greet* makes the first message of each connection; *receive* takes what comes down.
    """

    def __init__(
        self, path: Path, greet: Callable[[], Message], receive: Callable[[Message], None]
    ) -> None:
        self.dropped_messages = 0
        self._path = path
        self._greet = greet
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._waiting: deque[Message] = deque()
        self._retry: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @property
    def is_connected(self) -> bool:
        """Whether the control process is there, as far as the socket tells."""
        return self._socket is not None

    def connect(self) -> None:
        """Connect now, and again and again whenever the connection is lost."""
        try:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError:  # no descriptor is left
            self._schedule_retry()
            return
        sock.setblocking(False)
        try:
            sock.connect(str(self._path))
            channel.send(sock, self._greet())
        except OSError:
            sock.close()
            self._schedule_retry()
            return
        self._socket = sock
        self._loop.add_reader(sock.fileno(), self._read)
        self._write()

    def hurry(self) -> None:
        """Connect now if it is not: there is no time to wait for the next try."""
        if self._socket is None:
            if self._retry is not None:
                self._retry.cancel()
            self.connect()

    def send(self, message: Message) -> None:
        """Send *message* as soon as control takes it."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.dropped_messages += 1
        self._waiting.append(message)
        if self._socket is not None:
            self._is_idle.clear()
            self._write()

    async def drain(self, grace_seconds: float) -> None:
        """Wait until all has been taken, *grace_seconds* at most, or nobody is there to take it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), grace_seconds)

    def close(self) -> None:
        """Give up the connection for good. May be called twice."""
        self._is_closed = True
        if self._retry is not None:
            self._retry.cancel()
        self._disconnect()

    def _schedule_retry(self) -> None:
        if not self._is_closed:
            self._retry = self._loop.call_later(RECONNECT_SECONDS, self.connect)

    def _read(self) -> None:
        assert self._socket is not None
        try:
            received = channel.receive(self._socket)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            received = None
        if received is None:
            self._disconnect()
            self._schedule_retry()
            return
        self._receive(received.message)

    def _write(self) -> None:
        if self._socket is None:
            return
        self._loop.remove_writer(self._socket.fileno())
        while self._waiting:
            try:
                channel.send(self._socket, self._waiting[0])
            except BlockingIOError:
                self._loop.add_writer(self._socket.fileno(), self._write)
                return
            except OSError:
                return  # the reader sees the end of the connection, too
            self._waiting.popleft()
        self._is_idle.set()

    def _disconnect(self) -> None:
        self._is_idle.set()
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
            self._socket.close()
            self._socket = None
