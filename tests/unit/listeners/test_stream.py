"""Queries over TCP, through real loopback sockets."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.dns.framing import frame
from filterdns.listeners.stream import MAX_PIPELINED, StreamListener
from filterdns.resolver.image import Limits
from tests.support.descriptors import no_free_descriptor
from tests.support.households import family
from tests.support.listening import PATIENCE_SECONDS, Address, TcpClient, listening_tcp
from tests.support.messages import extended_errors, parsed, query_bytes, response_bytes
from tests.support.plane import LENA_ADDRESS, STRANGER_ADDRESS, TOM_ADDRESS, Plane

NAME = "www.example.com"
SLOW, FAST = "slow.example.com", "fast.example.com"
BLOCKED = query_bytes("casino.example")
IDLE_SECONDS = 0.15

Scene = Callable[[StreamListener, Address], Coroutine[Any, Any, None]]


@pytest.fixture
def plane() -> Plane:
    return Plane()


def play(plane: Plane, scene: Scene) -> None:
    async def run() -> None:
        with listening_tcp(plane) as (listener, address):
            await scene(listener, address)
        await plane.tasks.cancel()
        await asyncio.sleep(0)  # lets the transports close their sockets

    asyncio.run(run())


def numbered(number: int, name: str = "casino.example") -> bytes:
    return query_bytes(name, message_id=number)


def rcode(wire: bytes) -> int:
    return wire[3] & codes.RCODE_MASK


async def fall_to(plane: Plane, connections: int) -> None:
    """Wait until no more than so many *connections* are open."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(plane.connections) > connections:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


# The listening socket.


class Counted(StreamListener):
    """Counts how often it was woken."""

    wake_ups = 0

    def _on_readable(self) -> None:
        self.wake_ups += 1
        super()._on_readable()


def test_without_a_free_descriptor_the_listener_rests_and_serves_later(plane: Plane) -> None:
    """accept(2) leaves the connection in its queue: without a rest the loop would only spin."""

    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            listener = Counted(sock, plane.service, plane.connections)
            waiting = socket.create_connection(sock.getsockname())
            with no_free_descriptor():
                for _ in range(20):
                    await asyncio.sleep(0)
            assert listener.wake_ups == 1
            client = TcpClient(*await asyncio.open_connection(sock=waiting))
            assert parsed(await client.ask(BLOCKED)).rr
            await client.close()
            listener.close()
        plane.connections.close()
        await asyncio.sleep(0)

    asyncio.run(scene())


def test_without_a_free_descriptor_the_client_that_is_silent_for_longest_gives_way(
    plane: Plane,
) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        busy, silent = [await TcpClient.connect(address) for _ in range(2)]
        for client in (silent, busy):
            assert parsed(await client.ask(BLOCKED)).rr
        waiting = socket.create_connection(address)
        with no_free_descriptor():
            late = TcpClient(*await asyncio.open_connection(sock=waiting))
            assert parsed(await late.ask(BLOCKED)).rr
        assert await silent.rest() == b""
        assert parsed(await busy.ask(BLOCKED)).rr
        for client in (silent, busy, late):
            await client.close()

    play(plane, scene)


def test_a_client_of_ipv4_is_one_behind_a_dual_stack_socket_too(plane: Plane) -> None:
    async def run() -> None:
        dual = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        with listening_tcp(plane, dual) as (_, (_host, port, *_rest)):
            client = await TcpClient.connect(("127.0.0.1", port), STRANGER_ADDRESS)
            assert str(parsed(await client.ask(BLOCKED)).rr[0].rdata) == "0.0.0.0"
            await client.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [row[1] for row in plane.rows()] == [STRANGER_ADDRESS]


# One connection, many queries.


def test_queries_of_one_connection_are_answered(plane: Plane) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        assert parsed(await client.ask(query_bytes(NAME))).rr
        assert parsed(await client.ask(BLOCKED)).rr
        await client.close()

    play(plane, scene)
    counts = plane.counts()
    assert counts["filterdns_queries_total", "tcp", "forwarded"] == 1
    assert counts["filterdns_queries_total", "tcp", "blocked"] == 1
    assert len(plane.rows()) == 1


def test_pipelined_queries_are_all_answered(plane: Plane) -> None:
    """RFC 7766 section 6.2.1.1."""

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        client.send(*(numbered(number) for number in range(100)))
        ids = [int.from_bytes((await client.receive())[:2]) for _ in range(100)]
        assert ids == list(range(100))
        await client.close()

    play(plane, scene)


def test_a_query_may_come_byte_by_byte(plane: Plane) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        for byte in frame(BLOCKED):
            client.writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert parsed(await client.receive()).rr
        await client.close()

    play(plane, scene)


def test_answers_leave_as_they_become_ready(plane: Plane) -> None:
    """RFC 7766 section 7: a slow question holds up no other."""

    async def scene(_: StreamListener, address: Address) -> None:
        plane.exchange.hold(SLOW)
        client = await TcpClient.connect(address)
        client.send(numbered(1, SLOW), numbered(2, FAST), numbered(3))
        assert [(await client.receive())[:2] for _ in range(2)] == [b"\x00\x03", b"\x00\x02"]
        plane.exchange.release(SLOW)
        assert (await client.receive())[:2] == b"\x00\x01"
        await client.close()

    play(plane, scene)


def test_a_large_answer_comes_whole(plane: Plane) -> None:
    zone = "\n".join(f"{NAME}. 60 IN A 192.0.{n // 250}.{n % 250}" for n in range(999))
    plane.exchange.says(NAME, "A", zone)

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        message = parsed(await client.ask(query_bytes(NAME, payload_size=512)))
        assert (len(message.rr), message.header.tc) == (999, 0)
        await client.close()

    play(plane, scene)


# What is no query.


@pytest.mark.parametrize(
    ("wire", "code"),
    [(BLOCKED[:-1], codes.FORMERR), (BLOCKED[:2] + b"\x28\x00" + BLOCKED[4:], codes.NOTIMP)],
)
def test_a_malformed_query_is_answered_and_the_next_one_too(
    plane: Plane, wire: bytes, code: int
) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        assert rcode(await client.ask(wire)) == code
        assert rcode(await client.ask(BLOCKED)) == codes.NOERROR
        await client.close()

    play(plane, scene)


def test_a_response_gets_no_answer(plane: Plane) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        client.send(response_bytes(), numbered(7))
        assert (await client.receive())[:2] == b"\x00\x07"
        await client.close()

    play(plane, scene)


@pytest.mark.parametrize("garbage", [b"\x00\x00", b"\x00\x0bhello world", b"\x00\x01" * 1000])
def test_a_stream_out_of_step_is_closed(plane: Plane, garbage: bytes) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        client.writer.write(garbage)
        assert await client.rest() == b""
        await client.close()

    play(plane, scene)
    assert len(plane.connections) == 0


# How long a connection lives.


def test_an_idle_connection_is_closed() -> None:
    plane = Plane(limits=Limits(tcp_idle_seconds=IDLE_SECONDS))

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        assert parsed(await client.ask(BLOCKED)).rr
        client.writer.write(b"GET / HTTP/1.1\r\n\r\n")  # looks like a message of 18,245 bytes
        assert await client.rest() == b""
        await client.close()

    play(plane, scene)


def test_who_waits_for_an_answer_is_not_idle() -> None:
    plane = Plane(limits=Limits(tcp_idle_seconds=IDLE_SECONDS))

    async def scene(_: StreamListener, address: Address) -> None:
        plane.exchange.hold(SLOW)
        waiting = await TcpClient.connect(address)
        waiting.send(query_bytes(SLOW))
        await plane.exchange.heard(1)
        for _round in range(2):  # the time that it takes to close idle ones passes
            idle = await TcpClient.connect(address, TOM_ADDRESS)
            assert await idle.rest() == b""
            await idle.close()
        plane.exchange.release(SLOW)
        assert rcode(await waiting.receive()) == codes.NOERROR
        assert await waiting.rest() == b""
        await waiting.close()

    play(plane, scene)


def test_no_connection_lives_for_ever() -> None:
    plane = Plane(limits=Limits(tcp_total_seconds=IDLE_SECONDS))

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        while await is_served(client):
            pass  # busy as it is
        await client.close()

    play(plane, scene)


def test_a_client_that_does_not_read_is_closed(plane: Plane) -> None:
    zone = "\n".join(f"{NAME}. 60 IN A 192.0.{n // 250}.{n % 250}" for n in range(999))
    plane.exchange.says(NAME, "A", zone)

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        await client.ask(query_bytes(NAME))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(plane.connections):  # the reader holds 128 KiB, the kernel some more
                client.send(query_bytes(NAME))
                await asyncio.sleep(0)
        await client.close()

    play(plane, scene)


@pytest.mark.parametrize("is_waiting", [False, True])
def test_a_client_that_only_reads_any_more_gets_its_answers(plane: Plane, is_waiting: bool) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        plane.exchange.hold(SLOW)
        client = await TcpClient.connect(address)
        client.send(*([query_bytes(SLOW)] if is_waiting else []), BLOCKED)
        client.writer.write_eof()
        assert parsed(await client.receive()).rr
        plane.exchange.release(SLOW)
        if is_waiting:
            assert parsed(await client.receive()).rr
        assert await client.rest() == b""
        await client.close()

    play(plane, scene)


def test_a_client_that_has_gone_costs_its_answer_alone(plane: Plane) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        plane.exchange.hold(SLOW)
        client = await TcpClient.connect(address)
        client.send(query_bytes(SLOW))
        await plane.exchange.heard(1)
        sock = client.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()  # without a wait: the other side is told by RST
        await fall_to(plane, 0)
        plane.exchange.release(SLOW)
        await plane.finish(PATIENCE_SECONDS)

    play(plane, scene)
    assert plane.slot().in_flight == 0


# How many, how much, who.


async def is_served(client: TcpClient) -> bool:
    client.send(BLOCKED)
    try:
        return bool(await client.receive())
    except (asyncio.IncompleteReadError, ConnectionError):
        return False


@pytest.mark.parametrize(
    "limits", [Limits(tcp_connections_per_client=2), Limits(tcp_connections=2)]
)
def test_connections_have_a_limit_and_one_that_ends_makes_room(limits: Limits) -> None:
    plane = Plane(limits=limits)

    async def scene(_: StreamListener, address: Address) -> None:
        clients, served = [], []
        for _number in range(3):
            clients.append(await TcpClient.connect(address))
            served.append(await is_served(clients[-1]))
        assert served == [True, True, False]
        other = await TcpClient.connect(address, TOM_ADDRESS)
        assert await is_served(other) == (limits.tcp_connections > 2)
        await clients[0].close()
        await fall_to(plane, 1 + (limits.tcp_connections > 2))
        again = await TcpClient.connect(address)
        assert await is_served(again)
        for client in (*clients[1:], other, again):
            await client.close()

    play(plane, scene)


def test_over_its_rate_a_client_is_closed() -> None:
    """TC would be of no use: it is here already."""
    plane = Plane(limits=Limits(queries_per_second=10, burst=20))

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        client.send(*(numbered(number) for number in range(100)))
        await client.rest()
        await client.close()

    play(plane, scene)
    assert plane.counts()["filterdns_queries_total", "tcp", "blocked"] == 20


def test_a_client_may_wait_for_so_many_answers_on_one_connection(plane: Plane) -> None:
    async def scene(_: StreamListener, address: Address) -> None:
        plane.exchange.hold(SLOW)
        client = await TcpClient.connect(address)
        client.send(*(numbered(number, SLOW) for number in range(MAX_PIPELINED + 1)))
        assert await client.rest() == b""
        await client.close()
        plane.exchange.release(SLOW)
        await plane.finish(PATIENCE_SECONDS)

    play(plane, scene)
    assert plane.slot().in_flight == 0


def test_strangers_are_refused_in_words() -> None:
    plane = Plane(allow_clients=[])

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        answer = await client.ask(query_bytes(NAME, payload_size=1232))
        assert rcode(answer) == codes.REFUSED
        assert [code for code, _ in extended_errors(answer)] == [codes.EDE_PROHIBITED]
        await client.close()

    play(plane, scene)


def test_a_person_whose_policy_cannot_be_made_is_told_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    people = dict(family().people)
    people["lena"] = replace(people["lena"], timezone="No/Where")
    plane = Plane(family(people=people))

    async def scene(_: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address, LENA_ADDRESS)
        for _round in range(2):
            assert rcode(await client.ask(BLOCKED)) == codes.SERVFAIL
        await client.close()

    with caplog.at_level(logging.ERROR):
        play(plane, scene)
    assert len(caplog.records) == 1


# The end.


def test_paused_it_takes_no_connection_and_serves_those_that_are(plane: Plane) -> None:
    async def scene(listener: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        await client.ask(BLOCKED)
        listener.pause()
        listener.pause()
        late = await TcpClient.connect(address)  # the kernel takes it, for another worker
        assert await is_served(client)
        assert len(plane.connections) == 1
        await client.close()
        await late.close()

    play(plane, scene)


def test_closed_it_leaves_connections_to_themselves(plane: Plane) -> None:
    async def scene(listener: StreamListener, address: Address) -> None:
        client = await TcpClient.connect(address)
        await client.ask(BLOCKED)
        listener.close()
        listener.close()
        assert await is_served(client)
        plane.connections.close()
        assert await client.rest() == b""
        await client.close()
        with pytest.raises(OSError, match="Connect call failed"):
            await TcpClient.connect(address)

    play(plane, scene)
    assert len(plane.connections) == 0


def test_of_clients_that_come_at_once_no_more_are_taken_than_the_limit_says() -> None:
    plane = Plane(limits=Limits(tcp_connections_per_client=3))

    async def scene(_: StreamListener, address: Address) -> None:
        waiting = [socket.create_connection(address) for _ in range(12)]  # before any is taken
        clients = [TcpClient(*await asyncio.open_connection(sock=each)) for each in waiting]
        assert sum([await is_served(client) for client in clients]) == 3
        for client in clients:
            await client.close()

    play(plane, scene)
    assert plane.connections.accepted == 3
    assert len(plane.connections) == 0
