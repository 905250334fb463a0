"""The worker's side of the link to the control process, which may be slow, away or new."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from filterdns import channel
from filterdns.worker.control_link import MAX_WAITING, RECONNECT_SECONDS, ControlLink, Message
from tests.support.descriptors import no_free_descriptor

PATIENCE_SECONDS = 10
HELLO = {"t": "hello"}


class Control:
    """The control process's end: listens, takes one connection after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.settimeout(PATIENCE_SECONDS)

    def listen(self) -> None:
        self.listener.bind(str(self.path))
        self.listener.listen()

    async def accept(self) -> "Connection":
        connection, _ = await asyncio.to_thread(self.listener.accept)
        connection.settimeout(PATIENCE_SECONDS)
        return Connection(connection)


class Connection:
    """One connection of the worker, as control sees it."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    async def hear(self) -> Message | None:
        received = await asyncio.to_thread(channel.receive, self.socket)
        return None if received is None else received.message


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "workers.sock")
    yield control
    control.listener.close()


Scene = Callable[[ControlLink, list[Message]], Coroutine[Any, Any, None]]


def play(control: Control, scene: Scene) -> None:
    async def run() -> None:
        heard: list[Message] = []
        link = ControlLink(control.path, lambda: HELLO, heard.append)
        try:
            await scene(link, heard)
        finally:
            link.close()

    asyncio.run(run())


def test_each_connection_begins_with_a_greeting(control: Control) -> None:
    control.listen()

    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.send({"t": "metrics"})
        link.connect()
        assert link.is_connected
        connection = await control.accept()
        assert [await connection.hear() for _ in range(2)] == [HELLO, {"t": "metrics"}]
        connection.socket.close()

    play(control, scene)


def test_without_a_descriptor_it_connects_as_soon_as_there_is_one(control: Control) -> None:
    async def scene(link: ControlLink, _: list[Message]) -> None:
        control.listen()
        with no_free_descriptor():
            link.connect()
            assert not link.is_connected
        connection = await control.accept()
        assert await connection.hear() == HELLO
        connection.socket.close()

    play(control, scene)


def test_what_comes_down_is_handed_on(control: Control) -> None:
    control.listen()

    async def scene(link: ControlLink, heard: list[Message]) -> None:
        link.connect()
        connection = await control.accept()
        channel.send(connection.socket, {"t": "flush", "token": 7})
        channel.send(connection.socket, {"t": "flush", "token": 8})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(heard) < 2:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0)
        assert heard == [{"t": "flush", "token": 7}, {"t": "flush", "token": 8}]
        connection.socket.close()

    play(control, scene)


def test_without_control_messages_wait_and_the_oldest_go_first(control: Control) -> None:
    async def scene(link: ControlLink, _: list[Message]) -> None:
        for number in range(MAX_WAITING + 5):
            link.send({"n": number})
        assert link.dropped_messages == 5
        assert not link.is_connected
        control.listen()
        link.connect()
        connection = await control.accept()
        assert await connection.hear() == HELLO
        heard = [await connection.hear() for _ in range(MAX_WAITING)]
        assert heard == [{"n": number} for number in range(5, MAX_WAITING + 5)]
        connection.socket.close()

    play(control, scene)


def test_a_control_process_that_does_not_read_loses_nothing_when_it_does(control: Control) -> None:
    control.listen()

    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.connect()
        connection = await control.accept()
        text = "x" * 5000
        for number in range(200):  # far more than the socket takes
            link.send({"n": number, "text": text})
        await link.drain(0)
        assert await connection.hear() == HELLO
        heard = [await connection.hear() for _ in range(200)]
        assert heard == [{"n": number, "text": text} for number in range(200)]
        await link.drain(PATIENCE_SECONDS)
        connection.socket.close()

    play(control, scene)


def test_a_control_process_that_never_reads_costs_a_bounded_queue(control: Control) -> None:
    control.listen()

    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.connect()
        connection = await control.accept()
        for number in range(MAX_WAITING + 500):
            link.send({"n": number, "text": "x" * 5000})
        assert 0 < link.dropped_messages < 500
        connection.socket.close()

    play(control, scene)


@pytest.mark.parametrize("goodbye", [b"", b"no message at all"])
def test_a_control_process_that_is_gone_or_out_of_its_mind_is_looked_for_again(
    control: Control, goodbye: bytes
) -> None:
    control.listen()

    async def scene(link: ControlLink, _: list[Message]) -> None:
        loop = asyncio.get_running_loop()
        link.connect()
        first = await control.accept()
        assert await first.hear() == HELLO
        began_at = loop.time()
        if goodbye:
            first.socket.send(goodbye)
        else:
            first.socket.close()
        second = await control.accept()
        assert loop.time() - began_at >= RECONNECT_SECONDS * 0.9
        assert await second.hear() == HELLO
        link.send({"t": "metrics"})
        assert await second.hear() == {"t": "metrics"}
        first.socket.close()
        second.socket.close()

    play(control, scene)


def test_without_control_there_is_nothing_to_wait_for(control: Control) -> None:
    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.connect()
        link.send({"t": "metrics"})
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await link.drain(PATIENCE_SECONDS)

    play(control, scene)


def test_draining_ends_when_control_does(control: Control) -> None:
    control.listen()

    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.connect()
        connection = await control.accept()
        for number in range(200):
            link.send({"n": number, "text": "x" * 5000})
        connection.socket.close()
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await link.drain(PATIENCE_SECONDS)

    play(control, scene)


def test_it_may_be_closed_twice_and_stays_closed(control: Control) -> None:
    async def scene(link: ControlLink, _: list[Message]) -> None:
        link.connect()
        link.close()
        link.close()
        assert not link.is_connected

    play(control, scene)
