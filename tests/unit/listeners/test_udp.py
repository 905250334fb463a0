"""Queries over UDP, through real loopback sockets."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filterdns.dns import codes
from filterdns.listeners.udp import DRAIN_AT_MOST, MAX_QUERY_LENGTH, UdpListener
from filterdns.resolver.image import Limits
from tests.support.households import family
from tests.support.listening import Address, UdpClient, listening_udp
from tests.support.messages import extended_errors, parsed, query_bytes, response_bytes
from tests.support.plane import (
    AFTERNOON,
    BEDTIME,
    LENA_ADDRESS,
    PARENT_ADDRESS,
    STRANGER_ADDRESS,
    TOM_ADDRESS,
    Plane,
)

NAME = "www.example.com"
BLOCKED = query_bytes("casino.example")
LIFELINE = query_bytes("childline.org.uk")

Scene = Callable[[UdpListener, Address], Coroutine[Any, Any, None]]


@pytest.fixture
def plane() -> Plane:
    return Plane()


def play(plane: Plane, scene: Scene, host: str = "127.0.0.1") -> None:
    async def run() -> None:
        with listening_udp(plane.service, host) as (listener, address):
            await scene(listener, address)
        await plane.tasks.cancel()

    asyncio.run(run())


def outcomes(plane: Plane) -> dict[str, int]:
    """Return how many queries ended how since the last call."""
    return {
        labels[2]: count
        for labels, count in plane.counts().items()
        if labels[:2] == ("filterdns_queries_total", "udp")
    }


def rcode(wire: bytes) -> int:
    return wire[3] & codes.RCODE_MASK


# The road of a query.


def test_a_query_is_answered_by_the_upstream_then_by_the_cache_then_by_the_memo(
    plane: Plane,
) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            answers = [
                await client.ask(query_bytes(NAME, message_id=number)) for number in range(4)
            ]
        assert [int.from_bytes(answer[:2]) for answer in answers] == [0, 1, 2, 3]
        assert len({answer[2:] for answer in answers}) == 1
        assert parsed(answers[0]).rr

    play(plane, scene)
    assert outcomes(plane) == {"forwarded": 1, "cached": 1, "memo": 2}
    assert len(plane.exchange.asked) == 1


def test_ipv6_is_answered(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address, "::1") as client:
            assert parsed(await client.ask(BLOCKED)).rr

    play(plane, scene, "::1")


def test_the_address_of_a_client_decides_what_it_gets(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        for _round in range(4):
            with UdpClient(address, LENA_ADDRESS) as lena, UdpClient(address, PARENT_ADDRESS) as up:
                assert str(parsed(await lena.ask(BLOCKED)).rr[0].rdata) == "0.0.0.0"
                assert str(parsed(await up.ask(BLOCKED)).rr[0].rdata) == "192.0.2.1"

    play(plane, scene)


def test_a_wake_up_takes_so_many_queries_and_leaves_the_loop_to_others(plane: Plane) -> None:
    async def scene(listener: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for number in range(DRAIN_AT_MOST + 10):
                client.send(query_bytes("casino.example", message_id=number))
            listener._on_readable()
            assert len(client.received()) == DRAIN_AT_MOST
            listener._on_readable()
            assert len(client.received()) == 10

    play(plane, scene)


def test_bedtime_ends_what_the_memo_knows() -> None:
    plane = Plane(now=BEDTIME - 1)

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(4):
                assert parsed(await client.ask(query_bytes(NAME))).rr[0].ttl == 0
            plane.clock.seconds = BEDTIME
            assert str(parsed(await client.ask(query_bytes(NAME))).rr[0].rdata) == "0.0.0.0"

    play(plane, scene)


def test_a_large_answer_is_truncated_to_what_the_client_can_take(plane: Plane) -> None:
    zone = "\n".join(f"{NAME}. 60 IN A 192.0.2.{number}" for number in range(100))
    plane.exchange.says(NAME, "A", zone)

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for payload_size, most in ((None, 512), (800, 800), (4096, 1232)):
                answer = await client.ask(query_bytes(NAME, payload_size=payload_size))
                assert parsed(answer).header.tc == 1
                assert most - 16 < len(answer) <= most

    play(plane, scene)


# What is no query.

HEADER = bytes.fromhex("1234 0100 0001 0000 0000 0000")


@pytest.mark.parametrize(
    ("wire", "answer"),
    [
        (HEADER, "1234 8181 0000 0000 0000 0000"),
        (BLOCKED[:-1], "1234 8181 0000 0000 0000 0000"),
        (HEADER[:4] + b"\x00\x02" + BLOCKED[6:], "1234 8181 0000 0000 0000 0000"),
        (HEADER[:2] + b"\x28\x00" + BLOCKED[4:], "1234 a884 0000 0000 0000 0000"),
        (HEADER[:2] + b"\x11\x00" + BLOCKED[4:], "1234 9184 0000 0000 0000 0000"),
        (bytes(MAX_QUERY_LENGTH + 100), "0000 8081 0000 0000 0000 0000"),
        (b"", ""),
        (b"\x12", ""),
        (HEADER[:11], ""),
        (response_bytes(), ""),
        (HEADER[:2] + b"\xa8\x00" + BLOCKED[4:], ""),
    ],
    ids=[
        "no question",
        "half a question",
        "two questions",
        "update",
        "status",
        "too long",
        "nothing",
        "one byte",
        "half a header",
        "a response",
        "a response to an update",
    ],
)
def test_what_is_no_query_gets_a_bare_error_or_nothing(
    plane: Plane, wire: bytes, answer: str
) -> None:
    """Two servers that answer each other's errors would never stop."""

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            client.send(wire)
            client.send(query_bytes("casino.example", message_id=7))
            first = await client.receive()
            if answer:
                assert first == bytes.fromhex(answer)
                first = await client.receive()
            assert first[:2] == b"\x00\x07"

    play(plane, scene)
    assert outcomes(plane) == {"malformed": 1, "blocked": 1}


# Who may ask, and how much.


def test_strangers_are_refused_in_words() -> None:
    """RFC 8914 section 4.19."""
    plane = Plane(allow_clients=["192.168.0.0/16"])

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            answer = await client.ask(query_bytes(NAME, payload_size=1232))
            assert rcode(answer) == codes.REFUSED
            assert [code for code, _ in extended_errors(answer)] == [codes.EDE_PROHIBITED]

    play(plane, scene)
    assert outcomes(plane) == {"refused": 1}
    assert plane.rows() == []
    assert plane.exchange.asked == []


def test_the_memo_serves_no_stranger(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(4):
                assert rcode(await client.ask(BLOCKED)) == codes.NOERROR
            plane.slots.let_in(lambda _address: False)
            assert rcode(await client.ask(BLOCKED)) == codes.REFUSED

    play(plane, scene)


def test_over_its_rate_a_client_gets_tc_and_then_silence() -> None:
    plane = Plane(limits=Limits(queries_per_second=10, burst=20))

    async def scene(listener: UdpListener, address: Address) -> None:
        with UdpClient(address) as client, UdpClient(address, TOM_ADDRESS) as tom:
            for number in range(50):
                client.send(query_bytes("casino.example", message_id=number))
            listener._on_readable()
            answers = client.received()
            assert [parsed(answer).header.tc for answer in answers] == [0] * 20 + [1] * 2
            assert all(len(answer) == len(BLOCKED) for answer in answers[20:])
            assert parsed(await tom.ask(BLOCKED)).header.tc == 0
            plane.clock.move(0.15)
            assert parsed(await client.ask(BLOCKED)).header.tc == 0

    play(plane, scene)
    assert outcomes(plane) == {"blocked": 3, "memo": 19, "limited": 2, "dropped": 28}


def test_over_its_rate_a_client_gets_nothing_for_what_is_no_query() -> None:
    plane = Plane(limits=Limits(queries_per_second=10, burst=1))

    async def scene(listener: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for wire in (BLOCKED, HEADER, HEADER):
                client.send(wire)
            listener._on_readable()
            assert len(client.received()) == 1

    play(plane, scene)
    assert outcomes(plane) == {"blocked": 1, "dropped": 2}


def test_a_client_waits_for_so_many_answers_at_most() -> None:
    plane = Plane(limits=Limits(in_flight_per_client=2))

    async def scene(_: UdpListener, address: Address) -> None:
        names = ["a.example.com", "b.example.com", "c.example.com"]
        with UdpClient(address) as client, UdpClient(address, TOM_ADDRESS) as tom:
            for name in names:
                plane.exchange.hold(name)
                client.send(query_bytes(name))
            assert rcode(await client.receive()) == codes.SERVFAIL
            assert rcode(await tom.ask(query_bytes(NAME))) == codes.NOERROR
            for name in names:
                plane.exchange.release(name)
            for _name in names[:2]:
                assert rcode(await client.receive()) == codes.NOERROR
            assert rcode(await client.ask(query_bytes(names[2]))) == codes.NOERROR

    play(plane, scene)


# What the log gets.


def test_every_blocked_query_is_counted_on_whichever_road(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(10):
                await client.ask(BLOCKED)

    play(plane, scene)
    counts = plane.counts()
    assert counts["filterdns_queries_total", "udp", "memo"] == 8
    assert [(row[0], row[2], row[8]) for row in plane.rows()] == [("lena", "casino.example", 10)]


def test_rows_taken_in_between_lose_nothing_on_the_memos_road(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        total = 0
        with UdpClient(address) as client:
            for _round in range(10):
                await client.ask(BLOCKED)
                total += sum(row[8] for row in plane.rows())
        assert total == 10

    play(plane, scene)


def test_after_a_lifeline_the_memos_road_writes_no_name_either(plane: Plane) -> None:
    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(4):
                await client.ask(BLOCKED)
            plane.rows()
            await client.ask(LIFELINE)
            await client.ask(BLOCKED)
            await client.ask(LIFELINE)
            await client.ask(BLOCKED)

    play(plane, scene)
    assert [(row[2], row[8]) for row in plane.rows()] == [("", 1), ("", 1)]


# When something breaks.


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.exc_info[0].__name__ for record in caplog.records if record.exc_info]  # type: ignore[union-attr]


def test_a_bug_costs_one_answer_and_is_told_once(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    class Bug(set[bytes]):
        def __contains__(self, name: object) -> bool:
            raise ZeroDivisionError

    plane.exchange.own_probes = Bug()

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(3):
                assert rcode(await client.ask(BLOCKED)) == codes.SERVFAIL
            plane.exchange.own_probes = set()
            assert rcode(await client.ask(BLOCKED)) == codes.NOERROR

    with caplog.at_level(logging.ERROR):
        play(plane, scene)
    assert tracebacks(caplog) == ["ZeroDivisionError"]
    assert outcomes(plane) == {"failed": 3, "blocked": 1}


def test_a_bug_on_the_long_road_costs_one_answer_and_is_told_once(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    plane.exchange.fails(NAME, "A", ZeroDivisionError())

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as client:
            for _round in range(3):
                assert rcode(await client.ask(query_bytes(NAME))) == codes.SERVFAIL

    with caplog.at_level(logging.ERROR):
        play(plane, scene)
    assert tracebacks(caplog) == ["ZeroDivisionError"]
    assert plane.slot().in_flight == 0


def test_a_person_whose_policy_cannot_be_made_is_told_so_and_nobody_else_suffers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    people = dict(family().people)
    people["lena"] = replace(people["lena"], timezone="No/Where")
    plane = Plane(family(people=people))

    async def scene(_: UdpListener, address: Address) -> None:
        with UdpClient(address) as lena, UdpClient(address, TOM_ADDRESS) as tom:
            for _round in range(3):
                assert rcode(await lena.ask(BLOCKED)) == codes.SERVFAIL
                assert rcode(await tom.ask(BLOCKED)) == codes.NOERROR

    with caplog.at_level(logging.ERROR):
        play(plane, scene)
    assert tracebacks(caplog) == ["ZoneInfoNotFoundError"]


# The end.


def test_paused_it_takes_nothing_new_and_finishes_what_it_took(plane: Plane) -> None:
    async def scene(listener: UdpListener, address: Address) -> None:
        plane.exchange.hold(NAME)
        with UdpClient(address) as client:
            client.send(query_bytes(NAME, message_id=1))
            await plane.exchange.heard(1)
            listener.pause()
            listener.pause()
            client.send(query_bytes(NAME, message_id=2))
            plane.exchange.release(NAME)
            await plane.finish(5)
            assert [answer[:2] for answer in client.received()] == [b"\x00\x01"]

    play(plane, scene)


def test_it_may_be_closed_twice_and_with_a_query_under_way(plane: Plane) -> None:
    async def scene(listener: UdpListener, address: Address) -> None:
        plane.exchange.hold(NAME)
        with UdpClient(address) as client:
            client.send(query_bytes(NAME))
            await plane.exchange.heard(1)
            listener.close()
            listener.close()
            plane.exchange.release(NAME)
            await plane.finish(5)

    play(plane, scene)
    assert outcomes(plane) == {"dropped": 1, "forwarded": 1}


# The memo changes nothing but the time that an answer takes.

ZONES = {
    "short.example.com": "short.example.com. 1 IN A 192.0.2.1",
    "long.example.com": "long.example.com. 86400 IN A 192.0.2.2",
    "usual.example.com": (
        "usual.example.com. 90 IN CNAME x.example.com.\nx.example.com. 40 IN A 192.0.2.3"
    ),
    "alias.example.com": (
        "alias.example.com. 50 IN CNAME casino.example.\ncasino.example. 60 IN A 192.0.2.4"
    ),
    "big.example.com": "\n".join(f"big.example.com. 60 IN A 192.0.2.{n}" for n in range(60)),
    "childline.org.uk": "childline.org.uk. 600 IN A 192.0.2.5",
    "time.apple.com": "time.apple.com. 600 IN A 192.0.2.6",
}
NAMES = (
    *ZONES,
    "no.example.com",
    "USUAL.example.com",
    "casino.example",
    "tiktok.com",
    "printer.home",
)


class Asked(NamedTuple):
    """One client's query, as it is repeated again and again."""

    address: str
    name: str
    qtype: str
    payload_size: int | None
    dnssec_ok: bool
    flags: int

    def wire(self) -> bytes:
        wire = query_bytes(
            self.name, self.qtype, payload_size=self.payload_size, dnssec_ok=self.dnssec_ok
        )
        return wire[:2] + self.flags.to_bytes(2) + wire[4:]


ADDRESSES = (LENA_ADDRESS, TOM_ADDRESS, PARENT_ADDRESS, STRANGER_ADDRESS)
ASKED = st.builds(
    Asked,
    address=st.sampled_from(ADDRESSES),
    name=st.sampled_from(NAMES),
    qtype=st.sampled_from(("A", "A", "A", "AAAA", "HTTPS")),
    payload_size=st.sampled_from((None, 1232, 600)),
    dnssec_ok=st.booleans(),
    flags=st.sampled_from((codes.RD, codes.RD, codes.RD | codes.AD, codes.RD | codes.CD, 0)),
)
STARTS = (AFTERNOON, BEDTIME - 3100.4, BEDTIME - 100, BEDTIME - 40.3, BEDTIME - 5)
PLAIN = Asked(LENA_ADDRESS, "long.example.com", "A", None, False, codes.RD)
STEPS = (0, 0.3, 0.3, 0.7, 1, 2.5, 19, 31.2, 59.7, 301, 3000)


@given(
    start=st.sampled_from(STARTS),
    asked=st.lists(ASKED, min_size=1, max_size=4),
    steps=st.lists(st.sampled_from(STEPS), min_size=5, max_size=30),
)
@example(start=BEDTIME - 5, asked=[PLAIN], steps=[0, 1, 0.3])
def test_with_the_memo_every_answer_is_the_one_without_it(
    start: float, asked: list[Asked], steps: list[float]
) -> None:
    plane = Plane(now=start)
    for name, zone in ZONES.items():
        for qtype in ("A", "AAAA"):
            plane.exchange.says(name, qtype, zone)
    soa = "example.com. 60 IN SOA ns.example.com. host.example.com. 1 2 3 4 30"
    plane.exchange.says("no.example.com", "A", rcode=codes.NXDOMAIN, authority=soa)

    async def scene(_: UdpListener, server: Address) -> None:
        clients = {address: UdpClient(server, address) for address in ADDRESSES}
        for seconds in (0, 0, *steps):
            plane.clock.move(seconds)
            for each in asked:
                wire = each.wire()
                answer = await clients[each.address].ask(wire)
                expected = plane.try_answer(wire, each.address)
                if expected is not None:  # what may not be kept cannot be in the memo either
                    assert answer == expected.wire
        for client in clients.values():
            client.socket.close()

    play(plane, scene)
