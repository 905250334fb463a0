"""One question to one server over UDP, TCP or TLS, with a deadline.

Upstreams keep connections and remember who is slow; here each question opens its own socket, since
what is wanted is the way, not the answer.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from filterdns.dns.framing import frame
from filterdns.dns.question import Question
from filterdns.doctor.reply import Reply, is_reply, make_query, read_reply
from filterdns.errors import MalformedMessage, NoAnswer
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.message import is_truncated

Result = TypeVar("Result")

DATAGRAM_SHARE: Final = 0.4  # of the patience, until a datagram is sent again
LARGEST_DATAGRAM: Final = 65_535


async def over_udp(endpoint: Endpoint, question: Question, patience_seconds: float) -> Reply:
    """Ask by datagram, and over TCP where the answer is truncated.

    Raises `NoAnswer`, and `MalformedMessage` for an answer that makes no sense.
    """
    query = make_query(question)
    wire = await exchange_datagram(
        endpoint, query, lambda data: is_reply(data, query, question), patience_seconds
    )
    if is_truncated(wire):
        return await over_stream(endpoint, question, patience_seconds)
    return read_reply(wire, question)


async def over_stream(
    endpoint: Endpoint,
    question: Question,
    patience_seconds: float,
    tls: ssl.SSLContext | None = None,
    name: str = "",
) -> Reply:
    """Ask over TCP (RFC 7766), or over TLS (RFC 7858) with *name* as the server's.

    Raises as `over_udp` does.
    """
    query = make_query(question)

    async def converse() -> bytes:
        reader, writer = await open_stream(endpoint, tls, name)
        try:
            writer.write(frame(query))
            return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        finally:
            writer.transport.abort()

    wire = await within(patience_seconds, converse)
    if not is_reply(wire, query, question):
        raise MalformedMessage("the answer is to another question")
    return read_reply(wire, question)


async def exchange_datagram(
    endpoint: Endpoint,
    datagram: bytes,
    fits: Callable[[bytes], bool],
    patience_seconds: float,
) -> bytes:
    """Send *datagram*, twice if need be, and return the first one back that *fits*."""
    loop = asyncio.get_running_loop()

    async def converse() -> bytes:
        with endpoint.open_socket(socket.SOCK_DGRAM) as opened:
            await loop.sock_sendall(opened, datagram)
            again = loop.call_later(
                patience_seconds * DATAGRAM_SHARE, _send_again, opened, datagram
            )
            try:
                while not fits(data := await loop.sock_recv(opened, LARGEST_DATAGRAM)):
                    continue
                return data
            finally:
                again.cancel()

    return await within(patience_seconds, converse)


async def open_stream(
    endpoint: Endpoint, tls: ssl.SSLContext | None = None, name: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to *endpoint*, as *name* (SNI) where it is TLS. Raises `OSError`."""
    if tls is None:
        return await asyncio.open_connection(endpoint.host, endpoint.port)
    name = name or endpoint.host.partition("%")[0]
    return await asyncio.open_connection(
        endpoint.host, endpoint.port, ssl=tls, server_hostname=name
    )


async def within(seconds: float, converse: Callable[[], Awaitable[Result]]) -> Result:
    """Return what *converse* does; `NoAnswer` says in a few words why there is nothing.

    Somebody who answers, but not in TLS, is a `MalformedMessage`: the way there may be open.
    """
    try:
        async with asyncio.timeout(seconds):
            return await converse()
    except TimeoutError:
        raise NoAnswer(f"no answer within {seconds:g} s") from None
    except ConnectionRefusedError:
        raise NoAnswer("refused") from None
    except (ConnectionError, EOFError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise NoAnswer("the connection was closed") from None  # perhaps within a message
    except ssl.SSLError as error:
        raise MalformedMessage(f"no TLS: {error.reason or error}") from None
    except OSError as error:
        # asyncio's own text repeats the address; the system's is one for people.
        raise NoAnswer(os.strerror(error.errno).lower() if error.errno else str(error)) from None


def any_certificate(*protocols: str) -> ssl.SSLContext:
    """Return how TLS is spoken here: whatever certificate is shown.

    Devices that take encrypted DNS where it is offered check none either (RFC 8310 section 5), and
    whoever checks is refused by its firewall or by ours all the same. *protocols* are for ALPN.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def _send_again(opened: socket.socket, datagram: bytes) -> None:
    try:
        opened.send(datagram)
    except OSError:
        return  # whoever receives is told of it
