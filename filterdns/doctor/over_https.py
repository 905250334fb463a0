"""One question over DNS over HTTPS (RFC 8484), to an address of the server and under its name."""

import asyncio
from typing import Final

from filterdns.dns.question import Question
from filterdns.doctor import http2
from filterdns.doctor.asking import any_certificate, open_stream, within
from filterdns.doctor.reply import Reply, is_reply, make_query, read_reply
from filterdns.errors import MalformedMessage
from filterdns.upstreams.endpoint import Endpoint

USUAL_PATH: Final = "/dns-query"
LARGEST_ANSWER: Final = 1 << 17


async def over_https(
    endpoint: Endpoint, name: str, path: str, question: Question, patience_seconds: float
) -> Reply:
    """Post *question* to *path* of the server *name* at *endpoint*.

    Raises `NoAnswer`, and `MalformedMessage` where a web server answers, but no DNS.
    """
    query = make_query(question)
    host = name or str(endpoint)

    async def converse() -> bytes:
        reader, writer = await open_stream(endpoint, any_certificate("h2", "http/1.1"), name)
        try:
            if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
                return await _post_by_http2(reader, writer, http2.write_post(host, path, query))
            return await _post_by_http1(reader, writer, host, path, query)
        finally:
            writer.transport.abort()

    wire = await within(patience_seconds, converse)
    if not is_reply(wire, query, question):
        raise MalformedMessage("a web server answered, but no DNS")
    return read_reply(wire, question)


async def _post_by_http2(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    writer.write(request)
    answer = http2.BodyReader()
    while not answer.is_complete:
        data = await reader.read(LARGEST_ANSWER)
        if not data:
            raise EOFError
        writer.write(answer.feed(data))
    return answer.body


async def _post_by_http1(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    path: str,
    body: bytes,
) -> bytes:
    """Post with `Connection: close`; whatever the head says, the body ends the answer."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/dns-message\r\n"
        f"Accept: application/dns-message\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    writer.write(head.encode("ascii") + body)
    answer = b""
    while len(answer) < LARGEST_ANSWER and (data := await reader.read(LARGEST_ANSWER)):
        answer += data
    return answer.partition(b"\r\n\r\n")[2]
