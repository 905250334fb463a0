import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from filterdns.doctor.over_https import USUAL_PATH, over_https
from filterdns.doctor.reply import MARK, Reply
from filterdns.errors import MalformedMessage, NoAnswer
from filterdns.upstreams.endpoint import Endpoint
from tests.support.certificates import Certificate, make_certificate, server_context
from tests.support.doctor import PATIENCE_SECONDS, as_filterdns
from tests.support.peers import Endpoint as Address
from tests.support.peers import free_port
from tests.support.public_resolver import public_resolver
from tests.support.upstream import Asked

pytestmark = pytest.mark.peer("openssl")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    yield make_certificate(tmp_path_factory.mktemp("tls") / "tls", "DNS:resolver.example")


@pytest.mark.peer("unbound")
def test_a_real_server_answers_over_http2(tmp_path: Path, certificate: Certificate) -> None:
    """unbound speaks HTTP/2 alone, and refuses what is none."""
    port = free_port()
    endpoints = [Address("127.0.0.1", free_port()), Address("127.0.0.1", port)]
    with public_resolver(tmp_path, endpoints, certificate, {}, https_port=port):
        endpoint = Endpoint("127.0.0.1", port)
        found = asyncio.run(
            over_https(endpoint, "resolver.example", USUAL_PATH, MARK, PATIENCE_SECONDS)
        )
        assert not found.is_filterdns
        with pytest.raises((MalformedMessage, NoAnswer)):
            asyncio.run(over_https(endpoint, "", "/elsewhere", MARK, PATIENCE_SECONDS))


def test_a_server_may_speak_http1(certificate: Certificate) -> None:
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        wire = await reader.readexactly(length)
        asked = Asked("tcp", wire, MARK.name, MARK.qtype, ("", 0), 0)
        [step] = as_filterdns(asked)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n\r\n")
        writer.write(step.wire)
        await _end(writer)

    assert _ask(certificate, answer, "http/1.1").is_filterdns
    assert heads[0].startswith(b"POST /dns-query HTTP/1.1\r\nHost: resolver.example\r\n")


def test_a_web_server_without_dns_is_told(certificate: Certificate) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n<html>nothing here</html>")
        await _end(writer)

    with pytest.raises(MalformedMessage, match="no DNS"):
        _ask(certificate, refuse, "http/1.1")


def test_a_server_that_hangs_up_is_no_answer(certificate: Certificate) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await _end(writer)

    with pytest.raises(NoAnswer, match="closed"):
        _ask(certificate, hang_up, "h2")


def _ask(certificate: Certificate, handler: Handler, protocol: str) -> Reply:
    async def run() -> Reply:
        context: ssl.SSLContext = server_context(certificate)
        context.set_alpn_protocols([protocol])
        async with await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context) as server:
            endpoint = Endpoint(*server.sockets[0].getsockname()[:2])
            return await over_https(
                endpoint, "resolver.example", USUAL_PATH, MARK, PATIENCE_SECONDS
            )

    return asyncio.run(run())


async def _end(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    writer.close()
