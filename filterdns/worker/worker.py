"""A worker's life: load an image, stand by, take a place and its sockets, answer, end in order.

It tells the time itself, so bedtime comes even while the control process is away; it ends when the
supervisor's channel closes, so there is never a worker that nobody can update.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from filterdns import channel
from filterdns.clock import Clock, Floor
from filterdns.errors import FilterdnsError
from filterdns.listeners.listener import Listener
from filterdns.listeners.stream import StreamListener
from filterdns.listeners.wildcard_udp import make_udp_listener
from filterdns.resolver.image import ImageReader
from filterdns.steps import in_turns
from filterdns.tasks import Tasks
from filterdns.worker.bindings import BindingsReader, known_bindings
from filterdns.worker.control_link import ControlLink
from filterdns.worker.engine import Engine, load_image
from filterdns.worker.reports import MetricsReport, asker_messages, record_messages

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 0.5
METRICS_SECONDS: Final = 5.0
FLUSH_SECONDS: Final = 30.0
PROBE_SECONDS: Final = 3600.0
GRACE_SECONDS: Final = 1.5
DRAIN_SECONDS: Final = 5.0  # longer than who read that queue before takes to end

Message = dict[str, Any]


class Arguments(NamedTuple):
    """What the supervisor starts a worker with.

    *fd* is the worker's end of its channel, *place* its number until it is told another one,
    *floor* what is certain about the time, *bindings* the file that says who has which address.
    """

    fd: int
    place: int
    image: Path
    workers_socket: Path
    test_clock: Path | None
    floor: Floor | None = None
    bindings: Path | None = None


class Worker:
    """One resolver worker; `run` is all of its life."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self._clock = Clock(arguments.test_clock, arguments.floor)
        self._tasks = Tasks()
        self._place = arguments.place
        self._is_standing_by = True
        self._supervisor = socket.socket(fileno=arguments.fd)
        self._listener_by_endpoint: dict[tuple[str, str, int], Listener] = {}
        self._draining: list[Listener] = []
        self._wanted_image: Message | None = None
        self._is_loading = False
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Work until the supervisor says stop or is gone; raises `StateError` at a bad start."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopped.set)
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # the supervisor ends us in order
        images = ImageReader()
        image = await load_image(images, self._arguments.image)
        bindings = await known_bindings(self._arguments.bindings)
        self._engine = Engine(image, self._clock, images, bindings)
        self._bindings = BindingsReader(self._engine.slots, self._tasks.spawn)
        self._metrics = MetricsReport(self._engine.counters)
        self._link = ControlLink(self._arguments.workers_socket, self._hello, self._hear_control)
        self._supervisor.setblocking(False)
        loop.add_reader(self._supervisor.fileno(), self._hear_supervisor)
        self._tell_supervisor({"t": "standby"})
        self._link.connect()
        self._tasks.spawn(_repeat(self._beat, BEAT_SECONDS))
        self._tasks.spawn(_repeat(self._report, METRICS_SECONDS))
        self._tasks.spawn(_repeat(self._flush, FLUSH_SECONDS))
        self._tasks.spawn(_repeat(lambda: self._engine.group.probe(), PROBE_SECONDS))
        await self._stopped.wait()
        await self._stop()

    # What the supervisor says.

    def _hear_supervisor(self) -> None:
        try:
            received = channel.receive(self._supervisor)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            received = None
        if received is None:
            asyncio.get_running_loop().remove_reader(self._supervisor.fileno())
            self._stopped.set()
            return
        message = received.message
        match message.get("t"):
            case "become":
                self._become(message["worker"])
            case "sockets":
                self._take_sockets(message, received.descriptors)
            case "drop":
                self._drop_sockets(message)
            case "drain":
                self._drain(received.descriptors)
            case "prefixes":
                self._engine.follow_networks(message["values"])
            case "stop":
                self._stopped.set()

    def _become(self, place: int) -> None:
        self._place = place
        self._is_standing_by = False
        self._link.send(self._hello())

    def _take_sockets(self, message: Message, descriptors: list[int]) -> None:
        endpoints = [("udp", *each) for each in message["udp"]]
        endpoints += [("tcp", *each) for each in message["tcp"]]
        if len(descriptors) < len(endpoints):  # the kernel had none free for the rest (unix(7))
            logger.error("%d sockets do not fit under the limit of descriptors", len(endpoints))
            for each in descriptors:
                os.close(each)
            self._stopped.set()  # who comes next has no clients that hold them
            return
        for (transport, host, port), descriptor in zip(endpoints, descriptors, strict=True):
            self._listener_by_endpoint[transport, host, port] = self._listen(
                transport, socket.socket(fileno=descriptor)
            )
        if not message.get("more"):
            self._tell_supervisor({"t": "ready"})

    def _listen(self, transport: str, sock: socket.socket) -> Listener:
        if transport == "udp":
            return make_udp_listener(sock, self._engine.service)
        return StreamListener(sock, self._engine.service, self._engine.connections)

    def _drop_sockets(self, message: Message) -> None:
        for transport in ("udp", "tcp"):
            for host, port in message[transport]:
                listener = self._listener_by_endpoint.pop((transport, host, port), None)
                if listener is not None:
                    listener.close()

    def _drain(self, descriptors: list[int]) -> None:
        """Answer on UDP sockets that go out of use, until the last copy elsewhere is closed."""
        for each in descriptors:
            listener = self._listen("udp", socket.socket(fileno=each))
            self._draining.append(listener)
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, self._end_drain, listener)

    def _end_drain(self, listener: Listener) -> None:
        self._draining.remove(listener)
        listener.close()

    def _tell_supervisor(self, message: Message) -> None:
        try:
            channel.send(self._supervisor, message)
        except BlockingIOError:
            return  # it is held up; the next beat will do
        except OSError:
            self._stopped.set()

    # What control says.

    def _hello(self) -> Message:
        version = self._engine.image.version
        return {
            "t": "hello",
            "worker": self._place,
            "pid": os.getpid(),
            "version": version,
            "leaving": self._stopped.is_set(),
        }

    def _hear_control(self, message: Message) -> None:
        match message.get("t"):
            case "image":
                self._wanted_image = message
                if not self._is_loading:
                    self._tasks.spawn(self._load_wanted())
            case "bindings":
                self._bindings.hear(message)
            case "flush":
                self._tasks.spawn(self._flush_for(message.get("token")))

    async def _load_wanted(self) -> None:
        """Load the image named last; one that was named and named over meanwhile is skipped."""
        self._is_loading = True
        while (message := self._wanted_image) is not None:
            self._wanted_image = None
            await self._load(message)
        self._is_loading = False

    async def _load(self, message: Message) -> None:
        version = message["version"]
        try:
            await self._engine.replace(Path(message["path"]))
        except Exception as error:
            traceback = None if isinstance(error, FilterdnsError) else error
            logger.error("image %s is refused: %s", version, error, exc_info=traceback)
            self._link.send({"t": "refused", "version": version, "why": str(error)})
        else:
            self._link.send({"t": "loaded", "version": self._engine.image.version})

    async def _flush_for(self, token: object) -> None:
        await self._flush()
        await self._report()
        self._link.send({"t": "flushed", "token": token})

    # What happens again and again.

    async def _beat(self) -> None:
        self._tell_supervisor({"t": "beat"})
        self._engine.follow_clock()

    async def _flush(self) -> None:
        """Send the records up in steps; while control is away they wait in the slots."""
        slots = self._engine.slots
        await in_turns(slots.memos.sweep(self._clock.now()))
        if not self._link.is_connected:
            return
        for message in chain(
            record_messages(slots.take_rows(self._clock.now())), asker_messages(slots.take_askers())
        ):
            self._link.send(message)
            await asyncio.sleep(0)

    async def _report(self) -> None:
        if not self._link.is_connected or self._is_standing_by:
            return  # the counts of who stands by are nobody's
        engine = self._engine
        self._link.send(
            self._metrics.message(
                engine.resolver, engine.group, engine.connections, self._link.dropped_messages
            )
        )
        self._link.send({"t": "upstreams", "values": [list(row) for row in engine.group.status()]})

    async def _stop(self) -> None:
        """Take no more queries, finish what is in flight, send the records, close the rest."""
        listeners = [*self._listener_by_endpoint.values(), *self._draining]
        for listener in listeners:
            listener.pause()
        await self._engine.finish(GRACE_SECONDS)
        for listener in listeners:
            listener.close()
        self._link.hurry()  # control may have been born a moment ago, and records wait
        await self._flush()
        await self._report()
        await self._link.drain(GRACE_SECONDS)
        self._tell_supervisor({"t": "stopped"})
        await self._tasks.cancel()
        self._link.close()
        await self._engine.close()
        self._supervisor.close()


async def _repeat(work: Callable[[], Awaitable[None]], every_seconds: float) -> None:
    while True:
        await work()
        await asyncio.sleep(every_seconds)
