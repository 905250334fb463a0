"""The control process's end of its channel to the supervisor."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from filterdns import channel
from filterdns.listeners.buffers import BufferState

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 1.0


class WorkerProcess(NamedTuple):
    """What the supervisor says of a worker; *restarts* counts those of this run.

    *is_braked* says that its processes kept dying, so that the next one has to wait.
    """

    pid: int
    is_ready: bool
    restarts: int
    is_braked: bool = False


class SpareProcess(NamedTuple):
    """The process that takes the place of a worker that dies, once it *is_ready* to."""

    pid: int
    is_ready: bool


class SupervisorState(NamedTuple):
    """What the supervisor has said last: where workers listen, what does not work, who works."""

    listening: tuple[tuple[str, int], ...] = ()
    troubles: tuple[str, ...] = ()
    workers: tuple[WorkerProcess, ...] = ()
    spare: SpareProcess | None = None
    buffers: tuple[BufferState, ...] = ()


class SupervisorLink:
    """Speaks over *descriptor*. *on_order* is called with an order's word; it may change hands.

    `serving` means that clients are answered for the first time, `resumed` that they have been all
    the while; `reload` and `stop` say what to do. The end of the channel means stop, too: there is
    nothing to control without a supervisor.
    """

    def __init__(self, descriptor: int, on_order: Callable[[str], None]) -> None:
        self.state = SupervisorState()
        self.on_order = on_order
        self._restart: asyncio.Future[list[str]] | None = None
        self._loop = asyncio.get_running_loop()
        self._channel = socket.socket(fileno=descriptor)
        self._channel.setblocking(False)
        self._loop.add_reader(descriptor, self._read)

    def plan(
        self, dns: Sequence[tuple[str, int]], workers: int, worker_arguments: Sequence[str]
    ) -> None:
        """Let the supervisor listen on *dns* and start *workers* workers."""
        message = {"t": "plan", "dns": dns, "workers": workers}
        self._tell({**message, "worker_arguments": worker_arguments})

    def reloading(self) -> None:
        """Announce that a reload begins."""
        self._tell({"t": "reloading"})

    def reloaded(self) -> None:
        """Announce that a reload has ended, whatever came of it."""
        self._tell({"t": "reloaded"})

    async def restart(self) -> list[str]:
        """Ask the supervisor to become the program that is installed now.

        Returns why that is not to be; where nothing is returned, the order to stop comes next.
        """
        if self._channel.fileno() < 0:
            return [_NOBODY]
        if self._restart is None:
            self._restart = self._loop.create_future()
            self._tell({"t": "restart"})
        return await asyncio.shield(self._restart)

    async def beat(self) -> None:
        """Show the supervisor that this process moves, until cancelled."""
        while True:
            self._tell({"t": "beat"})
            await asyncio.sleep(BEAT_SECONDS)

    def close(self) -> None:
        """Let go of the channel. May be called twice."""
        if self._channel.fileno() >= 0:
            self._loop.remove_reader(self._channel.fileno())
            self._channel.close()

    def _read(self) -> None:
        try:
            received = channel.receive(self._channel)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            received = None
        if received is None:
            self.close()
            self._answer_restart([_NOBODY])
            self.on_order("stop")
            return
        message = received.message
        if message["t"] == "state":
            self.state = _state(message)
        elif message["t"] == "restart":
            self._answer_restart(message["problems"])
        else:
            self.on_order(message["t"])

    def _answer_restart(self, problems: list[str]) -> None:
        answered, self._restart = self._restart, None
        if answered is not None and not answered.done():
            answered.set_result(problems)

    def _tell(self, message: dict[str, Any]) -> None:
        if self._channel.fileno() < 0:
            return
        try:
            channel.send(self._channel, message)
        except OSError as error:
            logger.warning("the supervisor does not listen: %s", error)


_NOBODY: Final = "the main process is gone"


def _state(message: dict[str, Any]) -> SupervisorState:
    return SupervisorState(
        tuple((host, port) for host, port in message["listening"]),
        tuple(message["troubles"]),
        tuple(WorkerProcess(*worker) for worker in message["workers"]),
        SpareProcess(*spare) if (spare := message["spare"]) else None,
        tuple(BufferState(*buffer) for buffer in message["buffers"]),
    )
