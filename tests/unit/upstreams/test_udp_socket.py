"""One UDP socket with a server that is a plain socket, so that the bytes can be any."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import pytest

from filterdns.dns.question import Question
from filterdns.errors import UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.casing import Casing
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.round_trip import RoundTrip
from filterdns.upstreams.udp_socket import (
    DATAGRAMS_PER_WAKE_UP,
    LIFETIME_SECONDS,
    MAX_QUESTIONS,
    Asked,
    Line,
    UdpSocket,
)
from filterdns.upstreams.upstream import Counters
from tests.support.asking import WWW, numbered

NOW = 1000.0


class Scene(NamedTuple):
    """A socket of ours, the server at its other end, and what happened."""

    ours: UdpSocket
    server: socket.socket
    counters: Counters
    closed: list[UdpSocket]
    over_tcp: dict[Asked, asyncio.Future[bytes | None]]

    def ask(self, number: int = 1, deadline: float = NOW + 60) -> asyncio.Future[bytes | None]:
        return self.ask_for(numbered(number), deadline=deadline)

    def ask_for(
        self, question: Question, *, deadline: float = NOW + 60
    ) -> asyncio.Future[bytes | None]:
        """Ask; the future will hold the answer, or None where TCP is to be asked."""
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

        def tell(said: bytes | UpstreamError) -> None:
            if isinstance(said, bytes):
                future.set_result(said)
            else:
                future.set_exception(said)

        asked = self.ours.take(question, deadline, tell, NOW)
        self.over_tcp[asked] = future
        self.ours.send(asked, NOW)
        return future

    def receive(self) -> tuple[bytes, tuple[str, int]]:
        return self.server.recvfrom(2048)


def play(act: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        noise, counters, closed = Noise(), Counters(), list[UdpSocket]()
        asked: dict[Asked, asyncio.Future[bytes | None]] = {}
        line = Line(
            "test",
            counters,
            noise,
            Casing("test", noise),
            RoundTrip(),
            asyncio.get_running_loop(),
            lambda each: asked[each].set_result(None),
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            connected = Endpoint(*server.getsockname()).open_socket(socket.SOCK_DGRAM)
            ours = UdpSocket(line, connected, NOW, closed.append)
            await act(Scene(ours, server, counters, closed, asked))
            ours.fail("the test is over")

    asyncio.run(run())


def response_to(query: bytes) -> bytes:
    return query[:2] + b"\x81\x80\x00\x01" + bytes(6) + query[12:-11]


def test_a_socket_takes_questions_for_ten_seconds() -> None:
    async def act(scene: Scene) -> None:
        assert scene.ours.takes_more(NOW + LIFETIME_SECONDS - 0.1)
        assert not scene.ours.takes_more(NOW + LIFETIME_SECONDS)

    play(act)


def test_a_socket_takes_32_questions_in_all() -> None:
    async def act(scene: Scene) -> None:
        for number in range(MAX_QUESTIONS):
            assert scene.ours.takes_more(NOW)
            scene.ask(number)
        assert not scene.ours.takes_more(NOW)

    play(act)


def test_answers_out_of_order_find_their_questions() -> None:
    async def act(scene: Scene) -> None:
        futures = [scene.ask(number) for number in range(3)]
        received = [scene.receive() for _ in futures]
        for query, source in reversed(received):
            scene.server.sendto(response_to(query), source)
        for number, answer in enumerate(await asyncio.gather(*futures)):
            assert answer is not None
            assert message.fits(answer, message.write_question(numbered(number)))

    play(act)


def test_a_socket_that_is_retired_closes_with_its_last_answer() -> None:
    async def act(scene: Scene) -> None:
        future = scene.ask()
        scene.ours.retire()
        assert scene.closed == []
        query, source = scene.receive()
        scene.server.sendto(response_to(query), source)
        await future
        assert scene.closed == [scene.ours]

    play(act)


def test_a_socket_without_questions_closes_when_it_is_retired() -> None:
    async def act(scene: Scene) -> None:
        scene.ours.retire()
        scene.ours.retire()
        assert scene.closed == [scene.ours]

    play(act)


def test_an_empty_datagram_is_a_misfit() -> None:
    async def act(scene: Scene) -> None:
        future = scene.ask()
        query, source = scene.receive()
        scene.server.sendto(b"", source)
        scene.server.sendto(response_to(query), source)
        assert await future is not None
        assert scene.counters.misfits == 1

    play(act)


def test_a_flood_of_old_answers_leaves_the_loop_its_turn() -> None:
    async def act(scene: Scene) -> None:
        first = scene.ask(1)
        query, source = scene.receive()
        scene.server.sendto(response_to(query), source)
        await first
        second = scene.ask(2)
        other_query, _ = scene.receive()
        for _ in range(DATAGRAMS_PER_WAKE_UP):
            scene.server.sendto(response_to(query), source)
        scene.server.sendto(response_to(other_query), source)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not second.done()
        assert await second is not None

    play(act)


def test_the_sweep_repeats_what_is_due_and_ends_what_is_overdue() -> None:
    async def act(scene: Scene) -> None:
        future = scene.ask(deadline=NOW + 1.5)
        scene.ours.sweep(NOW + 0.7)
        assert scene.counters.retransmissions == 0
        scene.ours.sweep(NOW + 0.9)
        assert scene.counters.retransmissions == 1
        assert scene.receive() == scene.receive()
        scene.ours.sweep(NOW + 1.5)
        assert scene.ours.waiting == 0
        with pytest.raises(UpstreamError, match="no answer in time"):
            await future

    play(act)


def test_a_question_is_sent_three_times_at_most_with_growing_pauses() -> None:
    async def act(scene: Scene) -> None:
        scene.ask()
        sent = []
        for tenth in range(100):
            before = scene.counters.retransmissions
            scene.ours.sweep(NOW + tenth / 10)
            if scene.counters.retransmissions > before:
                sent.append(tenth / 10)
        assert sent == [0.8, 2.4]

    play(act)


def test_a_retired_socket_closes_under_the_sweep() -> None:
    async def act(scene: Scene) -> None:
        futures = [scene.ask(number, deadline=NOW + 1) for number in range(3)]
        scene.ours.retire()
        scene.ours.sweep(NOW + 2)
        assert scene.closed == [scene.ours]
        for future in futures:
            with pytest.raises(UpstreamError):
                await future

    play(act)


def test_the_canonical_question_is_what_the_asker_gets_back() -> None:
    async def act(scene: Scene) -> None:
        future = scene.ask_for(WWW)
        query, source = scene.receive()
        scene.server.sendto(response_to(query), source)
        answer = await future
        assert answer is not None
        assert answer[12:] == message.write_question(WWW)

    play(act)
