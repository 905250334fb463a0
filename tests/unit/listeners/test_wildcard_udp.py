"""One socket for all addresses: whoever asks hears from the address that it has asked.

A client's socket here is connected: the kernel shows it no answer that comes from elsewhere.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.listeners.udp import UdpListener
from filterdns.listeners.wildcard_udp import WildcardUdpListener
from tests.support.listening import UdpClient, listening_udp
from tests.support.messages import parsed, query_bytes
from tests.support.plane import LENA_ADDRESS, STRANGER_ADDRESS, Plane

NAME = "www.example.com"
BLOCKED = query_bytes("casino.example")
ADDRESSES = ("127.0.0.1", "127.0.0.5", "127.0.0.77")

Scene = Callable[[UdpListener, int], Coroutine[Any, Any, None]]


@pytest.fixture
def plane() -> Plane:
    return Plane()


def play(plane: Plane, scene: Scene, host: str = "0.0.0.0") -> None:
    async def run() -> None:
        with listening_udp(plane.service, host) as (listener, (_, port, *_rest)):
            assert isinstance(listener, WildcardUdpListener)
            await scene(listener, port)
        await plane.tasks.cancel()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("0.0.0.0", WildcardUdpListener),
        ("::", WildcardUdpListener),
        ("127.0.0.1", UdpListener),
        ("::1", UdpListener),
    ],
)
def test_what_a_socket_is_bound_to_decides_how_it_is_read(
    plane: Plane, host: str, kind: type[UdpListener]
) -> None:
    async def run() -> None:
        with listening_udp(plane.service, host) as (listener, _):
            assert type(listener) is kind

    asyncio.run(run())


def test_on_every_road_the_answer_comes_from_the_address_that_was_asked(plane: Plane) -> None:
    async def scene(_: UdpListener, port: int) -> None:
        for address in ADDRESSES:
            with UdpClient((address, port)) as client:
                for _round in range(4):  # upstream, cache, memo; blocked; no query
                    assert parsed(await client.ask(query_bytes(NAME))).rr
                    assert str(parsed(await client.ask(BLOCKED)).rr[0].rdata) == "0.0.0.0"
                    assert (await client.ask(BLOCKED[:-1]))[3] & codes.RCODE_MASK == codes.FORMERR

    play(plane, scene)
    outcomes = {key[2] for key in plane.counts() if key[0] == "filterdns_queries_total"}
    assert outcomes == {"forwarded", "cached", "blocked", "memo", "malformed"}


def test_a_query_that_came_before_anybody_listened_is_answered_from_its_address(
    plane: Plane,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as manager:  # as systemd binds one
        manager.bind(("0.0.0.0", 0))
        with UdpClient(("127.0.0.5", manager.getsockname()[1])) as client:
            client.send(BLOCKED)

            async def run() -> None:
                listener = WildcardUdpListener(manager.dup(), plane.service)
                assert parsed(await client.receive()).rr
                listener.close()

            asyncio.run(run())


def test_ipv6_is_answered(plane: Plane) -> None:
    async def scene(_: UdpListener, port: int) -> None:
        with UdpClient(("::1", port), "::1") as client:
            assert parsed(await client.ask(BLOCKED)).rr

    play(plane, scene, "::")


def test_a_client_of_ipv4_is_one_behind_a_dual_stack_socket_too(plane: Plane) -> None:
    """The service manager binds `::` for both families, unless the unit says otherwise."""

    async def scene(_: UdpListener, port: int) -> None:
        for address in ADDRESSES:
            for client in (LENA_ADDRESS, STRANGER_ADDRESS):
                with UdpClient((address, port), client) as asker:
                    assert str(parsed(await asker.ask(BLOCKED)).rr[0].rdata) == "0.0.0.0"

    play(plane, scene, "::")
    assert {row[:2] for row in plane.rows()} == {("lena", "tablet"), ("", STRANGER_ADDRESS)}
