"""Routers that ask for others: whom they name counts, over UDP and TCP; nobody else's word does."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.client import Identifier
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Device, Ruleset
from filterdns.resolver.image import Image, Limits, UpstreamServer
from filterdns.worker.engine import Engine
from tests.support.clock import MovingClock
from tests.support.households import family
from tests.support.listening import TcpClient, UdpClient, listening_tcp, listening_udp
from tests.support.messages import extended_errors, query_bytes, query_with_options
from tests.support.plane import AFTERNOON, Plane
from tests.support.upstream import ScriptedUpstream, answer_with

LENA, PARENT = bytes.fromhex("3c22fb010203"), bytes.fromhex("3c22fb010204")
ROUTER, OTHER = "127.0.0.50", "127.0.0.51"
BLOCKED = "reddit.com"  # for lena, not for her parents
MAC = 65001


def ruleset_with_macs() -> Ruleset:
    people = dict(family().people)
    for name, packed in (("lena", LENA), ("parents", PARENT)):
        devices = (Device("phone", macs=(packed.hex(":"),)),)
        people[name] = replace(people[name], devices=devices)
    return family(people=people)


def with_macs(limits: Limits = Limits()) -> Plane:  # noqa: B008 - frozen
    """Return a plane in which lena and her parents are known by MACs and one router is trusted."""
    plane = Plane(limits=limits)
    ruleset = ruleset_with_macs()
    policies = EffectivePolicies(ruleset, plane.policies.house)
    plane.slots.replace_ruleset(Identifier(ruleset), policies, limits)
    plane.slots.trust((f"{ROUTER}/32",))
    return plane


def marked(packed: bytes, name: str = BLOCKED) -> bytes:
    return query_with_options((MAC, packed), name=name)


def is_blocked(wire: bytes) -> bool:
    return any(code == codes.EDE_BLOCKED for code, _ in extended_errors(wire))


def answers(plane: Plane, address: str, wires: list[bytes], transport: str = "udp") -> list[bytes]:
    """Return what the client at *address* hears to *wires*, one after the other."""

    async def by_udp() -> list[bytes]:
        with listening_udp(plane.service) as (_, server), UdpClient(server, address) as client:
            return [await client.ask(wire) for wire in wires]

    async def by_tcp() -> list[bytes]:
        with listening_tcp(plane) as (_, server):
            client = await TcpClient.connect(server, address)
            heard = [await client.ask(wire) for wire in wires]
            await client.close()
            return heard

    return asyncio.run(by_udp() if transport == "udp" else by_tcp())


both_transports = pytest.mark.parametrize("transport", ["udp", "tcp"])


@both_transports
def test_whom_a_trusted_forwarder_names_gets_the_policy(transport: str) -> None:
    asked = [marked(LENA), marked(PARENT)] * 3
    heard = answers(with_macs(), ROUTER, asked, transport)
    assert [is_blocked(wire) for wire in heard] == [True, False] * 3


@both_transports
def test_nobody_else_is_believed(transport: str) -> None:
    heard = answers(with_macs(), OTHER, [marked(PARENT)] * 2, transport)
    assert [is_blocked(wire) for wire in heard] == [True, True]


@both_transports
def test_for_whom_it_does_not_tell_the_strictest_holds(transport: str) -> None:
    plane = with_macs()
    plain = query_bytes(BLOCKED, payload_size=1232)
    asked = [marked(PARENT), plain, marked(PARENT), plain, query_bytes(BLOCKED), marked(b"12345")]
    heard = answers(plane, ROUTER, asked, transport)
    assert [is_blocked(wire) for wire in heard[:4]] == [False, True, False, True]
    assert all(wire[-4:] == bytes(4) or is_blocked(wire) for wire in heard[4:])
    assert plane.slots.memos.entries == 0  # whatever is asked again and again


@both_transports
def test_the_bytes_of_an_answer_are_repeated_to_nobody_behind_a_forwarder(transport: str) -> None:
    plane = with_macs()
    asked = query_bytes("www.example.com", payload_size=1232)
    answers(plane, ROUTER, [asked] * 5, transport)
    counts = plane.counts()
    assert not counts.get(("filterdns_queries_total", transport, "memo"))
    assert counts["filterdns_queries_total", transport, "cached"] == 4


def test_a_device_behind_a_forwarder_has_its_own_share_and_no_more() -> None:
    plane = with_macs(Limits(queries_per_second=1, burst=5))
    flood = answers(plane, ROUTER, [marked(LENA)] * 6)
    assert flood[5][2] & 0x02  # TC: ask over TCP, if you are really there
    assert is_blocked(flood[4])
    assert not is_blocked(answers(plane, ROUTER, [marked(PARENT)])[0])
    assert is_blocked(answers(plane, OTHER, [marked(PARENT)])[0])


def test_over_tcp_who_asks_too_much_does_not_cost_the_others_their_connection() -> None:
    plane = with_macs(Limits(queries_per_second=1, burst=3))

    async def scene() -> bytes:
        with listening_tcp(plane) as (_, server):
            client = await TcpClient.connect(server, ROUTER)
            for _ in range(3):
                await client.ask(marked(LENA))
            client.send(marked(LENA))
            heard = await client.ask(marked(PARENT))
            await client.close()
            return heard

    assert not is_blocked(asyncio.run(scene()))


def test_nothing_of_an_option_goes_up(tmp_path: Path) -> None:
    """OPT is hop by hop, and whose MAC is whose is nobody's business out there."""

    async def scene(engine: Engine) -> None:
        with listening_udp(engine.service) as (_, server), UdpClient(server, ROUTER) as client:
            assert (await client.ask(marked(PARENT)))[3] & codes.RCODE_MASK == codes.NOERROR
            text = query_with_options((65073, PARENT.hex(":").encode()), name="www.example.com")
            await client.ask(text)

    async def run(upstream: ScriptedUpstream) -> None:
        server = UpstreamServer(upstream.host, upstream.port)
        ruleset, trusted = ruleset_with_macs(), (f"{ROUTER}/32",)
        engine = Engine(
            Image(1, ruleset, (server,), trusted_forwarders=trusted), MovingClock(AFTERNOON)
        )
        try:
            await scene(engine)
        finally:
            await engine.close()

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        asyncio.run(run(upstream))
    names = (from_text(BLOCKED), from_text("www.example.com"))
    wires = [each.wire for each in upstream.asked if each.name.lower() in names]
    assert len(wires) == 2
    for wire in wires:
        assert PARENT not in wire
        assert PARENT.hex(":").encode() not in wire
        assert (65001).to_bytes(2) not in wire[12:]
        assert (65073).to_bytes(2) not in wire[12:]
