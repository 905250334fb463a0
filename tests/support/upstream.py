"""A resolver that does as a test says, over UDP and TCP on one port of the loopback interface.

It runs in a thread of its own, so it serves tests with and without a loop, and whole programs:

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        … ask upstream.host, upstream.port …
    assert [asked.transport for asked in upstream.asked] == ["udp"]

A script is called for every query and returns what to do, in this order: `Send` and `CLOSE`.
Nothing at all drops the query. It may be replaced at any time; only one thread ever calls it.
"""

import asyncio
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.support.peers import free_port


class Asked(NamedTuple):
    """A query as it arrived; *name* in the case in which it was sent."""

    transport: str
    wire: bytes
    name: bytes
    qtype: int
    source: tuple[str, int]
    connection: int

    @property
    def query_id(self) -> int:
        return int.from_bytes(self.wire[:2])

    @property
    def question(self) -> bytes:
        """The question section as it was sent."""
        return self.wire[12 : 12 + len(self.name) + 4]


class Send(NamedTuple):
    """Send *wire* back *after_seconds*, over UDP perhaps *from_elsewhere*: another port."""

    wire: bytes
    after_seconds: float = 0.0
    from_elsewhere: bool = False


class Close(NamedTuple):
    """Close the connection that the query came through, behind all that is sent at once."""


CLOSE: Final = Close()

Script = Callable[[Asked], Sequence[Send | Close]]


def response(
    asked: Asked,
    *,
    records: Sequence[bytes] = (),
    rcode: int = 0,
    flags: int = 0x8180,
    query_id: int | None = None,
    question: bytes | None = None,
) -> bytes:
    """Return a response to *asked* that holds *records* as answers. *flags*: QR, RD, RA."""
    return (
        struct.pack(
            "!HHHHHH",
            asked.query_id if query_id is None else query_id,
            flags | rcode,
            1,
            len(records),
            0,
            0,
        )
        + (asked.question if question is None else question)
        + b"".join(records)
    )


def record(rtype: int, data: bytes, ttl: int = 300, owner: bytes = b"\xc0\x0c") -> bytes:
    """Return a record of the question's own name, unless *owner* is given."""
    return owner + struct.pack("!HHIH", rtype, 1, ttl, len(data)) + data


def truncated(asked: Asked) -> bytes:
    """Return a response with TC and nothing in it."""
    return response(asked, flags=0x8380)


def answer_with(address: str, ttl: int = 300) -> Script:
    """Answer every query with the IPv4 *address*, whatever its type."""
    data = socket.inet_aton(address)
    return lambda asked: [Send(response(asked, records=[record(1, data, ttl)]))]


def answer_by_name(addresses: Mapping[bytes, str], ttl: int = 300) -> Script:
    """Answer queries for A of these names (canonical), others with NXDOMAIN."""

    def script(asked: Asked) -> Sequence[Send]:
        address = addresses.get(asked.name.lower())
        if address is None:
            return [Send(response(asked, rcode=3))]
        found = [record(1, socket.inet_aton(address), ttl)] if asked.qtype == 1 else []
        return [Send(response(asked, records=found))]

    return script


def answer_code(rcode: int) -> Script:
    """Answer every query with *rcode* alone."""
    return lambda asked: [Send(response(asked, rcode=rcode))]


def drop(_asked: Asked) -> Sequence[Send]:
    """Answer nothing."""
    return ()


def later(script: Script, seconds: float) -> Script:
    """Do what *script* says, but send everything *seconds* later."""
    return lambda asked: [
        step._replace(after_seconds=seconds) if isinstance(step, Send) else step
        for step in script(asked)
    ]


def elsewhere(script: Script) -> Script:
    """Do what *script* says, but send datagrams from another port."""
    return lambda asked: [
        step._replace(from_elsewhere=True) if isinstance(step, Send) else step
        for step in script(asked)
    ]


def one_after_the_other(*scripts: Script) -> Script:
    """Do for each query what all of the scripts say."""
    return lambda asked: [step for script in scripts for step in script(asked)]


def by_transport(udp: Script, tcp: Script) -> Script:
    """Follow one script for UDP and another one for TCP."""
    return lambda asked: (udp if asked.transport == "udp" else tcp)(asked)


def in_turn(*scripts: Script) -> Script:
    """Follow each script for one query, the last one for all that come after it."""
    left = list(scripts)
    return lambda asked: (left.pop(0) if len(left) > 1 else left[0])(asked)


class ScriptedUpstream:
    """An upstream that follows *script*. *asked* holds every query that came, the oldest first."""

    def __init__(self, script: Script = drop, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script = script
        self.host = host
        self.port = port or free_port(host)
        self.asked: list[Asked] = []
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._is_ready = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="scripted upstream", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    def count(self, transport: str | None = None) -> int:
        """Return how many queries came, over *transport* or in all."""
        return sum(transport in (None, asked.transport) for asked in self.asked)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._is_ready.set()

    async def _serve(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        elsewhere = socket.socket(family, socket.SOCK_DGRAM)
        elsewhere.bind((self.host, 0))
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(self, elsewhere), (self.host, self.port)
        )
        numbers = itertools.count(1)
        streams: set[_Stream] = set()
        server = await self._loop.create_server(
            lambda: _Stream(self, next(numbers), streams), self.host, self.port
        )
        self._is_ready.set()
        await self._stopping.wait()
        # A server that closes while it accepts a connection would forget the connection's socket.
        while accepting := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*accepting)
        server.close()
        for stream in tuple(streams):
            stream.transport.abort()
        transport.close()
        elsewhere.close()
        await asyncio.sleep(0)  # lets the transports close their sockets

    def react(self, asked: Asked) -> Sequence[Send | Close]:
        """Note the query and ask the script."""
        self.asked.append(asked)
        return self.script(asked)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, upstream: ScriptedUpstream, elsewhere: socket.socket) -> None:
        self.upstream = upstream
        self.elsewhere = elsewhere

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        for step in self.upstream.react(_read("udp", data, source)):
            if isinstance(step, Close):
                continue
            if step.after_seconds:
                asyncio.get_running_loop().call_later(step.after_seconds, self.send, step, source)
            else:
                self.send(step, source)

    def send(self, step: Send, source: tuple[str, int]) -> None:
        if step.from_elsewhere:
            self.elsewhere.sendto(step.wire, source)
        else:
            self.transport.sendto(step.wire, source)


class _Stream(asyncio.Protocol):
    def __init__(self, upstream: ScriptedUpstream, number: int, streams: "set[_Stream]") -> None:
        self.upstream = upstream
        self.number = number
        self.streams = streams
        self.pending = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.streams.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.streams.discard(self)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while len(self.pending) >= 2:
            end = 2 + int.from_bytes(self.pending[:2])
            if len(self.pending) < end:
                return
            wire, self.pending = self.pending[2:end], self.pending[end:]
            source = self.transport.get_extra_info("peername")
            for step in self.upstream.react(_read("tcp", wire, source, self.number)):
                self.follow(step)

    def follow(self, step: Send | Close) -> None:
        if isinstance(step, Close):
            self.transport.close()
        elif step.after_seconds:
            asyncio.get_running_loop().call_later(step.after_seconds, self.send, step.wire)
        else:
            self.send(step.wire)

    def send(self, wire: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(len(wire).to_bytes(2) + wire)


def _read(transport: str, wire: bytes, source: tuple[str, int], connection: int = 0) -> Asked:
    end = 12
    while wire[end]:
        end += wire[end] + 1
    end += 1
    return Asked(
        transport, wire, wire[12:end], int.from_bytes(wire[end : end + 2]), source[:2], connection
    )
