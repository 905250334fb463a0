"""Asking upstreams as tests do: a scripted one, a scene that talks to it, what it saw."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.group import Group
from filterdns.upstreams.upstream import Upstream
from tests.support.upstream import Script, ScriptedUpstream

WWW: Final = Question(b"\x03www\x07example\x03org\x00", codes.A, False, False)

AnyUpstream = TypeVar("AnyUpstream", bound=Upstream)


async def ask(
    upstream: Upstream | Group, question: Question = WWW, *, seconds: float = 5.0
) -> bytes:
    """Ask *question* with a deadline *seconds* from now."""
    return await upstream.exchange(question, time.monotonic() + seconds)


def numbered(number: int) -> Question:
    """Return one of many questions."""
    label = b"n%d" % number
    return WWW._replace(name=bytes([len(label)]) + label + WWW.name)


def address_in(answer: bytes) -> str:
    """Return the IPv4 address that *answer* ends with."""
    return socket.inet_ntoa(answer[-4:])


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def play(
    script: Script,
    make: Callable[[Endpoint], AnyUpstream],
    scene: Callable[[AnyUpstream], Coroutine[Any, Any, None]],
    host: str = "127.0.0.1",
) -> ScriptedUpstream:
    """Let *scene* talk to a server that follows *script*; return the server with what it saw."""

    async def run() -> None:
        upstream = make(Endpoint(server.host, server.port))
        try:
            await scene(upstream)
        finally:
            await upstream.close()

    with ScriptedUpstream(script, host=host) as server:
        asyncio.run(run())
    return server
