import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from filterdns.doctor.asking import any_certificate, over_stream, over_udp, within
from filterdns.doctor.reply import MARK, Reply
from filterdns.errors import MalformedMessage, NoAnswer
from filterdns.upstreams.endpoint import Endpoint
from tests.support.certificates import make_certificate
from tests.support.doctor import PATIENCE_SECONDS, SHORT_SECONDS, as_filterdns
from tests.support.peers import Endpoint as Address
from tests.support.peers import free_port
from tests.support.public_resolver import public_resolver
from tests.support.upstream import (
    CLOSE,
    ScriptedUpstream,
    Send,
    answer_with,
    by_transport,
    drop,
    in_turn,
    truncated,
)


def reply(asking: Coroutine[Any, Any, Reply]) -> Reply:
    return asyncio.run(asking)


def at(server: ScriptedUpstream) -> Endpoint:
    return Endpoint(server.host, server.port)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("over", [over_udp, over_stream])
def test_a_server_is_asked_over_udp_and_tcp(over: Any, host: str) -> None:
    with ScriptedUpstream(as_filterdns, host=host) as server:
        assert reply(over(at(server), MARK, PATIENCE_SECONDS)).is_filterdns
    assert [asked.transport for asked in server.asked] == ["udp" if over is over_udp else "tcp"]


def test_a_datagram_that_is_lost_is_sent_again() -> None:
    with ScriptedUpstream(in_turn(drop, as_filterdns)) as server:
        assert reply(over_udp(at(server), MARK, 2.0)).is_filterdns
    assert server.count("udp") == 2


def test_an_answer_that_does_not_fit_is_fetched_over_tcp() -> None:
    cut = by_transport(lambda asked: [Send(truncated(asked))], as_filterdns)
    with ScriptedUpstream(cut) as server:
        assert reply(over_udp(at(server), MARK, PATIENCE_SECONDS)).is_filterdns
    assert [asked.transport for asked in server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize("over", [over_udp, over_stream])
def test_silence_and_a_closed_port_are_told_apart(over: Any) -> None:
    with ScriptedUpstream(drop) as server, pytest.raises(NoAnswer, match=r"no answer within 0\.4"):
        reply(over(at(server), MARK, SHORT_SECONDS))
    with pytest.raises(NoAnswer, match="refused"):
        reply(over(Endpoint("127.0.0.1", free_port()), MARK, PATIENCE_SECONDS))


def test_a_connection_that_ends_is_no_answer() -> None:
    with (
        ScriptedUpstream(lambda _: [CLOSE]) as server,
        pytest.raises(NoAnswer, match="the connection was closed"),
    ):
        reply(over_stream(at(server), MARK, PATIENCE_SECONDS))


def test_an_answer_to_something_else_is_none() -> None:
    with (
        ScriptedUpstream(lambda asked: [Send(asked.wire)]) as server,
        pytest.raises(MalformedMessage),
    ):
        reply(over_stream(at(server), MARK, PATIENCE_SECONDS))


def test_a_system_error_is_told_in_the_systems_words() -> None:
    async def fail() -> None:
        raise OSError(errno.ENETUNREACH, "Connect call failed ('192.0.2.1', 53)")

    with pytest.raises(NoAnswer, match=os.strerror(errno.ENETUNREACH).lower()):
        asyncio.run(within(1.0, fail))


def test_a_server_without_tls_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        endpoint = Endpoint(*plain.getsockname()[:2])

        async def run() -> None:
            asking = asyncio.create_task(
                over_stream(endpoint, MARK, PATIENCE_SECONDS, any_certificate())
            )
            connection, _ = await asyncio.to_thread(plain.accept)
            with connection:
                connection.sendall(b"220 this is no TLS\r\n" * 10)
                await asking

        with pytest.raises(MalformedMessage, match="no TLS"):
            asyncio.run(run())


def test_a_server_that_hangs_up_in_the_middle_of_tls_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        endpoint = Endpoint(*plain.getsockname()[:2])

        async def run() -> None:
            asking = asyncio.create_task(
                over_stream(endpoint, MARK, PATIENCE_SECONDS, any_certificate())
            )
            connection, _ = await asyncio.to_thread(plain.accept)
            connection.close()
            await asking

        with pytest.raises(NoAnswer, match="the connection was closed"):
            asyncio.run(run())


@pytest.mark.peer("unbound", "openssl")
def test_a_server_is_asked_over_tls_whatever_its_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls", "DNS:other.example")
    tls_port = free_port()
    endpoints = [Address("127.0.0.1", free_port()), Address("127.0.0.1", tls_port)]
    with public_resolver(tmp_path, endpoints, certificate, {}, tls_port=tls_port):
        endpoint = Endpoint("127.0.0.1", tls_port)
        context = any_certificate()
        assert context.verify_mode is ssl.CERT_NONE
        found = reply(over_stream(endpoint, MARK, PATIENCE_SECONDS, context, "resolver.example"))
    assert not found.is_filterdns


def test_another_address_is_not_believed() -> None:
    with (
        ScriptedUpstream(
            lambda asked: [
                step._replace(from_elsewhere=True)
                for step in answer_with("192.0.2.1")(asked)
                if isinstance(step, Send)
            ]
        ) as server,
        pytest.raises(NoAnswer),
    ):
        reply(over_udp(at(server), MARK, SHORT_SECONDS))
