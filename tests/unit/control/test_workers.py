import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from filterdns import channel
from filterdns.control.workers import WorkerLinks
from tests.support.control import ScriptedWorker, eventually
from tests.support.descriptors import no_free_descriptor


class Links:
    """The links of a test, and what they have handed on."""

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self.path = path
        self.received: list[tuple[int, dict[str, Any]]] = []
        self.gone: list[int] = []
        self.links = WorkerLinks(
            path, self._receive, self.gone.append, patience_seconds, patience_seconds
        )

    def _receive(self, worker: int, message: dict[str, Any]) -> None:
        if message.get("t") == "nonsense":
            raise ValueError("no kind of message")
        self.received.append((worker, message))

    async def worker(self, number: int = 0, version: int = 0) -> ScriptedWorker:
        """Return a worker that has said hello."""
        connected = len(self.links.connected)
        worker = ScriptedWorker(self.path, number, version)
        assert await eventually(lambda: len(self.links.connected) > connected)
        return worker


def linked(
    folder: Path, work: Callable[[Links], Awaitable[None]], patience_seconds: float = 10.0
) -> Links:
    async def run() -> Links:
        links = Links(folder / "workers.sock", patience_seconds)
        links.links.open()
        try:
            await work(links)
        finally:
            links.links.close()
            await asyncio.sleep(0.05)  # workers see the end of their connections
        return links

    return asyncio.run(run())


IMAGE = Path("/state/image")


def test_a_worker_with_an_old_image_is_sent_the_new_one(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        links.links.announce(IMAGE, 7)
        worker = await links.worker(version=6)
        assert await eventually(lambda: links.links.connected[0].version == 7)
        assert worker.heard == [{"t": "image", "path": "/state/image", "version": 7}]

    linked(tmp_path, work)


def test_a_worker_that_has_the_image_is_left_alone(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        links.links.announce(IMAGE, 7)
        worker = await links.worker(version=7)
        assert await links.links.flush()
        assert [message["t"] for message in worker.heard] == ["flush"]

    linked(tmp_path, work)


def test_of_two_workers_with_one_number_the_last_to_say_hello_counts(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        old, new = await links.worker(0), ScriptedWorker(links.path, 7)
        assert await eventually(lambda: len(links.links.connected) == 2)
        old.refuses = "I do not know this format"
        new.send({"t": "hello", "worker": 0, "pid": 99, "version": 0})
        assert await eventually(lambda: [each.pid for each in links.links.connected] == [99])
        assert links.gone == [7]
        assert await links.links.offer(IMAGE, 8) == []
        assert [message["t"] for message in old.heard] == ["image"]
        old.close()
        assert await links.links.flush()
        assert links.gone == [7]

    linked(tmp_path, work)


def test_who_is_leaving_brings_its_records_and_is_not_asked_for_anything(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        await links.worker(0)
        leaving = ScriptedWorker(links.path, 0)
        leaving.refuses = "I do not know this format"
        hello = {"t": "hello", "worker": 0, "pid": 99, "version": 0, "leaving": True}
        leaving.send(hello)
        leaving.send({"t": "records", "rows": []})
        assert await eventually(lambda: bool(links.received))
        assert [each.pid for each in links.links.connected] == [os.getpid()]
        assert await links.links.offer(IMAGE, 8) == []
        leaving.close()

    linked(tmp_path, work)


def test_an_offer_is_over_when_all_have_taken_it(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        one, other = await links.worker(0), await links.worker(1)
        assert await links.links.offer(IMAGE, 8) == []
        assert (one.version, other.version) == (8, 8)

    linked(tmp_path, work)


def test_a_refusal_is_told_with_the_worker_and_the_reason(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        await links.worker(0)
        (await links.worker(1)).refuses = "the index is damaged"
        assert await links.links.offer(IMAGE, 8) == ["worker 1: the index is damaged"]

    linked(tmp_path, work)


def test_a_worker_that_says_nothing_is_not_waited_for_long(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        (await links.worker()).is_silent = True
        assert await links.links.offer(IMAGE, 8) == ["worker 0: no answer"]

    linked(tmp_path, work, patience_seconds=0.05)


def test_a_worker_that_dies_is_no_refusal(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        worker = await links.worker()
        worker.is_silent = True
        asyncio.get_running_loop().call_later(0.05, worker.close)
        assert await links.links.offer(IMAGE, 8) == []

    assert linked(tmp_path, work).gone == [0]


def test_a_flush_brings_what_was_recorded_before_it_ends(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        (await links.worker(3)).rows = [["mia"]]
        assert await links.links.flush()
        assert links.received == [(3, {"t": "records", "rows": [["mia"]]})]

    linked(tmp_path, work)


def test_a_flush_does_not_wait_for_a_worker_that_hangs(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        (await links.worker()).is_silent = True
        assert not await links.links.flush()

    linked(tmp_path, work, patience_seconds=0.05)


@pytest.mark.parametrize(
    "message",
    [
        {"t": "nonsense"},
        {"t": "loaded"},
        {"t": "loaded", "version": "7"},
        {"t": "loaded", "version": -1},
        {"t": "hello", "worker": None, "pid": 1, "version": 1},
    ],
)
def test_a_worker_that_sends_nonsense_loses_its_connection(
    tmp_path: Path, message: dict[str, Any]
) -> None:
    async def work(links: Links) -> None:
        worker = await links.worker(2)
        worker.send(message)
        assert await eventually(lambda: links.gone == [2])

    linked(tmp_path, work)


def test_who_has_not_said_hello_is_not_listened_to(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
            stranger.connect(str(links.path))
            stranger.send(b'{"t": "records", "rows": []}')
            assert await eventually(lambda: links.gone == [-1])
        assert links.received == []

    linked(tmp_path, work)


def test_the_last_records_of_workers_that_have_ended_are_taken(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        worker = await links.worker()
        for number in range(100):
            worker.send({"t": "records", "rows": [number]})
        worker.close()
        await links.links.drain(5)
        assert len(links.received) == 100

    linked(tmp_path, work)


def test_of_a_worker_that_has_ended_before_it_was_heard_the_records_are_taken(
    tmp_path: Path,
) -> None:
    async def work(links: Links) -> None:
        links.links.announce(IMAGE, 7)
        worker = ScriptedWorker(links.path, version=6)
        worker.send({"t": "records", "rows": []})
        worker.close()
        assert await eventually(lambda: links.gone == [0])
        assert len(links.received) == 1

    linked(tmp_path, work)


def test_of_a_worker_that_ends_without_reading_all_the_records_are_taken(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        worker = await links.worker()
        offering = asyncio.ensure_future(links.links.offer(IMAGE, 8))
        await asyncio.sleep(0)
        worker.send({"t": "records", "rows": []})
        worker.close()  # with the image in its socket
        assert await offering == []
        assert len(links.received) == 1

    linked(tmp_path, work)


@pytest.mark.parametrize("is_heard", [True, False])
def test_at_the_end_all_is_taken_that_was_sent_and_nothing_can_be_sent_any_more(
    tmp_path: Path, is_heard: bool
) -> None:
    async def work(links: Links) -> None:
        worker = await links.worker() if is_heard else ScriptedWorker(links.path)
        for number in range(40):
            worker.send({"t": "records", "rows": [number]})
        links.links.close()
        assert len(links.received) == 40
        with pytest.raises(BrokenPipeError):
            worker.send({"t": "records", "rows": []})

    linked(tmp_path, work)


def test_the_socket_of_a_dead_process_is_replaced_and_ours_taken_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(tmp_path / "workers.sock"))

    async def work(links: Links) -> None:
        await links.worker()
        assert links.path.stat().st_mode & 0o777 == 0o600

    links = linked(tmp_path, work)
    assert not links.path.exists()


def test_without_a_descriptor_a_worker_waits_and_nothing_spins(tmp_path: Path) -> None:
    async def work(links: Links) -> None:
        tries = 0
        accept = links.links._accept

        def counted() -> bool:
            nonlocal tries
            tries += 1
            return accept()

        links.links._accept = counted  # type: ignore[method-assign]
        links.links._watch()
        worker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with worker:
            with no_free_descriptor():
                worker.connect(str(links.path))
                await asyncio.sleep(0.1)
            assert tries == 1
            channel.send(worker, {"t": "hello", "worker": 0, "pid": 1, "version": 0})
            assert await eventually(lambda: len(links.links.connected) == 1)

    linked(tmp_path, work)
