"""The control process's side of the link to the workers: images go down, records come up.

A worker faces the network, so what it says is data that is checked, and nothing else. One that
sends what is no message loses its connection; it connects again by itself and is sent the image
anew.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from filterdns import channel
from filterdns.descriptors import is_exhausted

logger = logging.getLogger(__name__)

Message = dict[str, Any]

OFFER_SECONDS: Final = 10.0
FLUSH_SECONDS: Final = 1.0


class Connection:
    """A worker that is there: its number, process, and the image that it answers by.

    *refused* is the version that it would not take, *why* its reason. *worker* is -1 until it has
    said hello; who *is_leaving* only brings its last records.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.worker = -1
        self.pid = 0
        self.version = 0
        self.refused = 0
        self.why = ""
        self.flushed = 0
        self.is_leaving = False


class WorkerLinks:
    """Listens for workers on a SEQPACKET socket at *path*.

    *receive* gets (worker, message) for what this module does not read itself, and raises
    `KeyError`, `TypeError` or `ValueError` for what is no message; *leave* gets the number of a
    worker that is gone.
    """

    def __init__(
        self,
        path: Path,
        receive: Callable[[int, Message], None],
        leave: Callable[[int], None],
        offer_seconds: float = OFFER_SECONDS,
        flush_seconds: float = FLUSH_SECONDS,
    ) -> None:
        self._path = path
        self._receive = receive
        self._leave = leave
        self._offer_seconds = offer_seconds
        self._flush_seconds = flush_seconds
        self._loop = asyncio.get_running_loop()
        self._listener: socket.socket | None = None
        self._connections: list[Connection] = []
        self._image: Message | None = None
        self._greet: Callable[[], Iterable[Message]] = tuple
        self._changed = asyncio.Event()
        self._last_token = 0

    @property
    def connected(self) -> list[Connection]:
        """The workers that have said hello, by number; of two with one number, the last to."""
        last = {each.worker: each for each in self._greeted() if not each.is_leaving}
        return [last[number] for number in sorted(last)]

    def open(self) -> None:
        """Begin to listen; replaces a socket that a dead process has left. Raises `OSError`."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(
            socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        )
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        listener.listen()
        self._listener = listener
        self._watch()

    def announce(self, path: Path, version: int) -> None:
        """Let workers that connect from now on have the image under *path*."""
        self._image = {"t": "image", "path": str(path), "version": version}

    def greet_with(self, messages: Callable[[], Iterable[Message]]) -> None:
        """Let each worker that says hello from now on have *messages* first."""
        self._greet = messages

    def tell(self, message: Message) -> None:
        """Send *message* to all workers; one that does not read hears it again as a greeting."""
        for connection in self._greeted():
            self._send(connection, message)

    async def offer(self, path: Path, version: int) -> list[str]:
        """Send the image under *path* to all workers; return why any of them did not take it."""
        self.announce(path, version)
        for connection in self._greeted():
            self._send(connection, self._image)
        await self._until(
            lambda: all(version in (each.version, each.refused) for each in self.connected),
            self._offer_seconds,
        )
        return [
            f"worker {each.worker}: {each.why if each.refused == version else 'no answer'}"
            for each in self.connected
            if each.version != version
        ]

    async def flush(self) -> bool:
        """Let all workers send what they have recorded; whether all did in time."""
        self._last_token += 1
        token = self._last_token
        for connection in self._greeted():
            self._send(connection, {"t": "flush", "token": token})
        return await self._until(
            lambda: all(each.flushed >= token for each in self.connected), self._flush_seconds
        )

    async def drain(self, seconds: float) -> None:
        """Take what workers that have ended still have in their sockets, *seconds* at most."""
        await self._until(lambda: not self._connections, seconds)

    def close(self) -> None:
        """Stop listening, take what workers have sent, let go of them. May be called twice."""
        if self._listener is not None:
            while self._accept():
                pass
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
            self._path.unlink(missing_ok=True)
        for connection in list(self._connections):
            self._hang_up(connection)
            while connection in self._connections:
                self._read(connection)

    def _greeted(self) -> list[Connection]:
        return [each for each in self._connections if each.worker >= 0]

    def _watch(self) -> None:
        if self._listener is not None:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> bool:
        """Take one worker that knocks; whether there was one."""
        assert self._listener is not None
        try:
            accepted, _ = self._listener.accept()
        except OSError as error:
            if is_exhausted(error):  # the worker stays in the queue, and would wake us at once
                self._loop.remove_reader(self._listener.fileno())
                self._loop.call_later(_REST_SECONDS, self._watch)
            return False
        accepted.setblocking(False)
        connection = Connection(accepted)
        self._connections.append(connection)
        self._loop.add_reader(accepted.fileno(), self._read, connection)
        return True

    def _read(self, connection: Connection) -> None:
        for _ in range(_MESSAGES_A_WAKE_UP):
            try:
                received = channel.receive(connection.socket)
            except BlockingIOError:
                return
            except ConnectionResetError:
                continue  # it has ended without reading all; what it has sent comes after this
            except (OSError, ValueError):
                received = None
            if received is None:
                self._drop(connection)
                return
            try:
                self._take(connection, received.message)
            except (KeyError, TypeError, ValueError) as error:
                logger.warning("worker %d sent what is no message: %s", connection.worker, error)
                self._drop(connection)
                return

    def _take(self, connection: Connection, message: Message) -> None:
        match message.get("t"):
            case "hello":
                self._renumber(connection, _number(message["worker"]))
                connection.pid = _number(message["pid"])
                connection.version = _number(message["version"])
                connection.is_leaving = message.get("leaving") is True
                is_old = self._image is not None and connection.version != self._image["version"]
                if not connection.is_leaving:
                    for greeting in self._greet():
                        self._send(connection, greeting)
                if is_old and not connection.is_leaving:
                    self._send(connection, self._image)
            case "loaded":
                connection.version = _number(message["version"])
            case "refused":
                connection.refused = _number(message["version"])
                connection.why = str(message["why"])[:_MAX_REASON]
            case "flushed":
                connection.flushed = _number(message["token"])
            case _:
                if connection.worker < 0:
                    raise ValueError("it has not said hello")
                self._receive(connection.worker, message)
                return
        self._notify()

    def _send(self, connection: Connection, message: Message | None) -> None:
        if message is None:
            return
        try:
            channel.send(connection.socket, message)
        except OSError:
            self._hang_up(connection)  # one that does not read is sent the image when it is back

    def _hang_up(self, connection: Connection) -> None:
        """Take no more from a worker; what it has sent is still to be read, before the end."""
        with suppress(OSError):
            connection.socket.shutdown(socket.SHUT_RDWR)

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._loop.remove_reader(connection.socket.fileno())
            connection.socket.close()
            self._tell_if_gone(connection.worker)
            self._notify()

    def _renumber(self, connection: Connection, number: int) -> None:
        old, connection.worker = connection.worker, number
        self._connections.remove(connection)
        self._connections.append(connection)  # the last to say hello
        if old not in (-1, number):
            self._tell_if_gone(old)

    def _tell_if_gone(self, number: int) -> None:
        if number not in [each.worker for each in self._connections]:
            self._leave(number)

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not holds():
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._changed.wait()
            except TimeoutError:
                return holds()
        return True


_MESSAGES_A_WAKE_UP: Final = 16
_REST_SECONDS: Final = 0.25
_MAX_REASON: Final = 500


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a number was expected")
    return value
