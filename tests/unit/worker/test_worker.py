"""A worker's life in this process, with the supervisor's and control's ends in a test's hands."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from filterdns import channel
from filterdns.errors import StateError
from filterdns.policy.ruleset import Device, Ruleset
from filterdns.resolver.image import Image, UpstreamServer, write_image
from filterdns.worker.worker import Arguments, Message, Worker
from tests.support.households import family, selection
from tests.support.listening import Address, TcpClient, UdpClient
from tests.support.messages import parsed, query_bytes
from tests.support.plane import AFTERNOON, TOM_ADDRESS, at_loopback
from tests.support.upstream import Script, ScriptedUpstream, answer_with, drop

PATIENCE_SECONDS = 10
NAME = "www.example.org"
BLOCKED = "reddit.com"  # by a rule of lena's own
RIGHT = answer_with("192.0.2.1")


class Stage:
    """The world around one worker."""

    def __init__(self, folder: Path, upstream: ScriptedUpstream) -> None:
        self.folder = folder
        self.upstream = upstream
        self.supervisor, worker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.fd = worker_end.detach()
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.bind(str(folder / "workers.sock"))
        self.control.listen()
        for end in (self.supervisor, self.control):
            end.settimeout(PATIENCE_SECONDS)
        self.let_pass(0)

    def let_pass(self, seconds: float) -> None:
        """Set the worker's clock to so many seconds after a Saturday's afternoon."""
        offset_seconds = AFTERNOON + seconds - time.time()
        (self.folder / "clock-offset").write_text(str(offset_seconds))

    def image(self, version: int = 1, ruleset: Ruleset | None = None) -> Path:
        """Write an image and return its path."""
        servers = (UpstreamServer(self.upstream.host, self.upstream.port),)
        path = self.folder / f"image-{version}"
        write_image(Image(version, at_loopback(ruleset or family()), servers), path)
        return path

    def arguments(self, image: Path) -> Arguments:
        return Arguments(
            self.fd, 3, image, self.folder / "workers.sock", self.folder / "clock-offset"
        )

    async def connection(self) -> socket.socket:
        """Return the connection on which the worker has greeted."""
        connection, _ = await asyncio.to_thread(self.control.accept)
        connection.settimeout(PATIENCE_SECONDS)
        return connection

    def give_sockets(self) -> tuple[Address, Address]:
        """Give the worker place 3 and a socket for each transport, as the supervisor does."""
        channel.send(self.supervisor, {"t": "become", "worker": 3})
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp = socket.create_server(("127.0.0.1", 0))
        addresses = udp.getsockname(), tcp.getsockname()
        message = {"t": "sockets", "udp": [addresses[0]], "tcp": [addresses[1]]}
        channel.send(self.supervisor, message, [udp.fileno(), tcp.fileno()])
        udp.close()
        tcp.close()
        return addresses

    def close(self) -> None:
        self.supervisor.close()
        self.control.close()


async def hear(end: socket.socket, kind: str = "") -> Message:
    """Return the next message, of that *kind* if one is given, passing over others."""
    while True:
        received = await asyncio.to_thread(channel.receive, end)
        assert received is not None
        if not kind or received.message["t"] == kind:
            return received.message


Scene = Callable[[Stage, "asyncio.Task[None]"], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    def run(scene: Scene, script: Script = RIGHT) -> None:
        async def live(stage: Stage) -> None:
            running = asyncio.create_task(Worker(stage.arguments(stage.image())).run())
            try:
                async with asyncio.timeout(2 * PATIENCE_SECONDS):
                    await scene(stage, running)
                    if not running.done():
                        channel.send(stage.supervisor, {"t": "stop"})
                    await running
            finally:
                stage.close()
                running.cancel()

        with ScriptedUpstream(script) as upstream:
            asyncio.run(live(Stage(tmp_path, upstream)))

    return run


async def udp_answer(server: Address, name: str, address: str | None = None) -> str:
    """Return the first record of what *server* answers, as text."""
    with UdpClient(server, *([address] if address else [])) as client:
        found = parsed(await client.ask(query_bytes(name))).rr
    return str(found[0].rdata) if found else ""


# What the supervisor says.


def test_it_answers_on_the_sockets_that_it_is_given_and_says_so(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        udp, tcp = stage.give_sockets()
        await hear(stage.supervisor, "ready")
        assert await udp_answer(udp, NAME) == "192.0.2.1"
        assert await udp_answer(udp, BLOCKED) == "0.0.0.0"
        client = await TcpClient.connect(tcp)
        assert str(parsed(await client.ask(query_bytes(BLOCKED))).rr[0].rdata) == "0.0.0.0"
        await client.close()

    play(scene)


def test_it_says_that_it_is_ready_when_it_has_the_last_socket(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        await hear(stage.supervisor, "beat")
        channel.send(stage.supervisor, {"t": "sockets", "udp": [], "tcp": [], "more": True})
        channel.send(stage.supervisor, {"t": "prefixes", "values": []})
        assert (await hear(stage.supervisor))["t"] == "beat"
        channel.send(stage.supervisor, {"t": "sockets", "udp": [], "tcp": []})
        await hear(stage.supervisor, "ready")

    play(scene)


def test_it_ends_where_the_kernel_had_no_descriptor_for_a_socket(play: Any) -> None:
    async def scene(stage: Stage, running: "asyncio.Task[None]") -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            named = {"t": "sockets", "udp": [["127.0.0.1", 53]], "tcp": [["127.0.0.1", 53]]}
            channel.send(stage.supervisor, named, [udp.fileno()])
            await running

    play(scene)


def test_a_socket_whose_address_has_gone_is_closed(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        udp, tcp = stage.give_sockets()
        await hear(stage.supervisor, "ready")
        gone = {"t": "drop", "udp": [udp, ("192.0.2.77", 53)], "tcp": [tcp]}
        channel.send(stage.supervisor, gone)
        await hear(stage.supervisor, "beat")
        await hear(stage.supervisor, "beat")
        with pytest.raises(OSError, match="Connect call failed"):
            await TcpClient.connect(tcp)
        with UdpClient(udp) as client, pytest.raises(ConnectionRefusedError):
            await client.ask(query_bytes(NAME))

    play(scene)


def test_it_ends_when_the_supervisor_is_gone(play: Any) -> None:
    async def scene(stage: Stage, running: "asyncio.Task[None]") -> None:
        await hear(stage.supervisor, "beat")
        stage.supervisor.close()
        await running

    play(scene)


def test_a_bad_image_at_the_start_is_said(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        (tmp_path / "image").write_text("junk")
        worker = Worker(stage.arguments(tmp_path / "image"))
        with pytest.raises(StateError, match="cannot be read"):
            await worker.run()
        worker._supervisor.close()
        stage.close()

    with ScriptedUpstream() as upstream:
        asyncio.run(scene(Stage(tmp_path, upstream)))


# What control says.


def test_it_greets_with_its_place_and_version(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        assert await hear(connection, "hello") == {
            "t": "hello",
            "worker": 3,
            "pid": os.getpid(),
            "version": 1,
            "leaving": False,
        }
        connection.close()

    play(scene)


def test_who_stands_by_says_so_and_follows_images_but_counts_nothing(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        await hear(stage.supervisor, "standby")
        path = str(stage.image(2))
        channel.send(connection, {"t": "image", "path": path, "version": 2})
        channel.send(connection, {"t": "flush", "token": 1})
        heard = [(await hear(connection))["t"] for _ in range(3)]
        assert sorted(heard) == ["flushed", "hello", "loaded"]
        connection.close()

    play(scene)


def test_who_takes_a_place_greets_anew_with_its_number(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        await hear(connection, "hello")
        channel.send(stage.supervisor, {"t": "become", "worker": 1})
        again = await hear(connection, "hello")
        assert (again["worker"], again["pid"], again["version"]) == (1, os.getpid(), 1)
        connection.close()

    play(scene)


def test_what_lies_in_a_queue_that_goes_out_of_use_is_answered(
    play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filterdns.worker.worker.DRAIN_SECONDS", 0.2)

    async def scene(stage: Stage, _: object) -> None:
        stage.give_sockets()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            address = other.getsockname()
            with UdpClient(address) as client:
                for _ in range(100):
                    client.send(query_bytes(BLOCKED))
                channel.send(stage.supervisor, {"t": "drain"}, [other.fileno()])
                other.close()
                for _ in range(100):
                    assert parsed(await client.receive()).rr
                async with asyncio.timeout(PATIENCE_SECONDS):
                    with pytest.raises(ConnectionRefusedError):  # then it is closed
                        while True:  # one that is unread when it closes is never answered
                            with suppress(TimeoutError):
                                await asyncio.wait_for(client.ask(query_bytes(BLOCKED)), 0.5)

    play(scene)


def test_a_new_image_is_loaded_and_confirmed(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        udp, _tcp = stage.give_sockets()
        assert await udp_answer(udp, NAME) == "192.0.2.1"
        people = dict(family().people)
        people["lena"] = replace(people["lena"], block=selection(NAME))
        path = stage.image(2, family(people=people))
        channel.send(connection, {"t": "image", "path": str(path), "version": 2})
        assert await hear(connection, "loaded") == {"t": "loaded", "version": 2}
        assert await udp_answer(udp, NAME) == "0.0.0.0"
        assert await udp_answer(udp, NAME, TOM_ADDRESS) == "192.0.2.1"
        connection.close()

    play(scene)


def test_of_images_that_come_quickly_the_last_one_is_loaded(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        for version in range(2, 10):
            path = str(stage.image(version))
            channel.send(connection, {"t": "image", "path": path, "version": version})
        while (await hear(connection, "loaded"))["version"] != 9:
            pass
        connection.close()

    play(scene)


def test_a_bad_image_is_refused_in_words_and_the_next_good_one_is_taken(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        udp, _tcp = stage.give_sockets()
        bad = stage.folder / "bad"
        for junk in ("junk", '["image",1,{"version":2,"ruleset":[]}]\n["end",1]\n'):
            bad.write_text(junk)
            channel.send(connection, {"t": "image", "path": str(bad), "version": 2})
            refused = await hear(connection, "refused")
            assert refused["version"] == 2
            assert str(bad) in refused["why"]
        lena = replace(family().people["lena"], devices=(Device("tablet", ("no address",)),))
        write_image(Image(2, family(people={"lena": lena})), bad)
        channel.send(connection, {"t": "image", "path": str(bad), "version": 2})
        assert "no address" in (await hear(connection, "refused"))["why"]
        assert await udp_answer(udp, BLOCKED) == "0.0.0.0"
        good = str(stage.image(3))
        channel.send(connection, {"t": "image", "path": good, "version": 3})
        assert (await hear(connection, "loaded"))["version"] == 3
        connection.close()

    play(scene)


def test_asked_to_flush_it_sends_all_records_before_it_says_so(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        connection = await stage.connection()
        udp, _tcp = stage.give_sockets()
        for _round in range(3):
            await udp_answer(udp, BLOCKED)
        channel.send(connection, {"t": "flush", "token": 42})
        heard = [await hear(connection)]
        while heard[-1]["t"] != "flushed":
            heard.append(await hear(connection))
        assert heard[-1] == {"t": "flushed", "token": 42}
        assert {"metrics", "upstreams", "askers"} <= {message["t"] for message in heard}
        rows = [row for message in heard if message["t"] == "records" for row in message["rows"]]
        assert [(row[0], row[1], row[2], row[8]) for row in rows] == [
            ("lena", "tablet", BLOCKED, 3)
        ]
        connection.close()

    play(scene)


def test_at_its_end_it_looks_for_a_control_process_that_was_born_a_moment_ago(play: Any) -> None:
    async def scene(stage: Stage, running: "asyncio.Task[None]") -> None:
        old = await stage.connection()
        assert not (await hear(old, "hello"))["leaving"]
        udp, _tcp = stage.give_sockets()
        await udp_answer(udp, BLOCKED)
        old.close()
        await hear(stage.supervisor, "beat")
        channel.send(stage.supervisor, {"t": "stop"})
        connection = await stage.connection()
        assert (await hear(connection, "hello"))["leaving"]
        assert (await hear(connection, "records"))["rows"][0][2] == BLOCKED
        await running
        connection.close()

    play(scene)


def test_while_control_is_away_records_wait(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        (await stage.connection()).close()
        udp, _tcp = stage.give_sockets()
        await udp_answer(udp, BLOCKED)
        connection = await stage.connection()
        assert (await hear(connection, "hello"))["version"] == 1
        channel.send(connection, {"t": "flush", "token": 1})
        assert (await hear(connection, "records"))["rows"][0][2] == BLOCKED
        connection.close()

    play(scene)


# It tells the time itself.


def test_the_clock_of_tests_moves_it(play: Any) -> None:
    async def scene(stage: Stage, _: object) -> None:
        udp, _tcp = stage.give_sockets()
        assert await udp_answer(udp, NAME) == "192.0.2.1"
        stage.let_pass(3600)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while stage.upstream.count() < 2:  # the cached answer is too old now
                await udp_answer(udp, NAME)

    play(scene)


# The end.


def when_set(may_answer: asyncio.Event) -> Script:
    """Answer nothing until *may_answer* is set; the worker asks again meanwhile."""
    return lambda asked: (RIGHT if may_answer.is_set() else drop)(asked)


@pytest.mark.parametrize("how", ["order", "signal"])
def test_at_an_orderly_end_what_is_in_flight_is_answered(play: Any, how: str) -> None:
    may_answer = asyncio.Event()

    async def scene(stage: Stage, running: "asyncio.Task[None]") -> None:
        connection = await stage.connection()
        udp, tcp = stage.give_sockets()
        await hear(stage.supervisor, "ready")
        client = await TcpClient.connect(tcp)
        client.send(query_bytes(NAME))
        with UdpClient(udp) as asker:
            await asker.ask(query_bytes(BLOCKED))
            asker.send(query_bytes(NAME))
            while stage.upstream.count() < 1:  # noqa: ASYNC110 - it lives in a thread
                await asyncio.sleep(0)
            if how == "order":
                channel.send(stage.supervisor, {"t": "stop"})
            else:
                os.kill(os.getpid(), signal.SIGTERM)
            may_answer.set()
            assert parsed(await asker.receive()).rr
            assert parsed(await client.receive()).rr
        assert (await hear(connection, "records"))["rows"][0][2] == BLOCKED
        await hear(stage.supervisor, "stopped")
        await running
        assert await client.rest() == b""
        await client.close()
        connection.close()

    play(scene, when_set(may_answer))


def test_what_nobody_answers_does_not_hold_up_the_end(play: Any) -> None:
    async def scene(stage: Stage, running: "asyncio.Task[None]") -> None:
        udp, _tcp = stage.give_sockets()
        await hear(stage.supervisor, "ready")
        with UdpClient(udp) as client:
            client.send(query_bytes(NAME))
            while stage.upstream.count() < 1:  # noqa: ASYNC110 - it lives in a thread
                await asyncio.sleep(0)
            began_at = asyncio.get_running_loop().time()
            channel.send(stage.supervisor, {"t": "stop"})
            await running
            assert asyncio.get_running_loop().time() - began_at < 4

    play(scene, drop)
