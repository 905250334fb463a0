"""Upstreams at the resolver's seam, which say what a test has written down.

    exchange = ScriptedExchange()
    exchange.says("www.example.com", "A", "www.example.com. 300 IN A 192.0.2.1")
    exchange.fails("down.example", "A", UpstreamError("nobody is there"))

A question that nobody has written down has an address of its own if it asks for one, else nothing
(NODATA with an SOA record), so that random names have answers, too.
"""

import asyncio
import struct
from typing import Final, NamedTuple

import dnslib

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.errors import UpstreamError
from filterdns.tasks import Tasks
from filterdns.upstreams.upstream import Tell
from tests.support.messages import response_bytes

TTL_SECONDS: Final = 300


class Exchanged(NamedTuple):
    """What the resolver asked."""

    question: Question
    deadline: float


class ScriptedExchange:
    """Answers at once, or when a test lets it; *asked* holds every question, the oldest first."""

    def __init__(self) -> None:
        self.asked: list[Exchanged] = []
        self.own_probes: set[bytes] = set()
        self._news = asyncio.Event()
        self._script: dict[tuple[bytes, int], bytes | Exception] = {}
        self._gates: dict[bytes, asyncio.Event] = {}
        self._tasks = Tasks()

    def says(
        self, name: str, qtype: str, zone: str = "", *, rcode: int = 0, authority: str = ""
    ) -> None:
        """From now on answer this question with the records of *zone* and *authority*."""
        wire = response_bytes(zone, name=name, qtype=qtype, rcode=rcode, authority=authority)
        self.sends(name, qtype, wire)

    def sends(self, name: str, qtype: str, wire: bytes) -> None:
        """From now on answer this question with these very bytes."""
        self._script[from_text(name), dnslib.QTYPE.reverse[qtype]] = wire

    def fails(self, name: str, qtype: str, error: Exception) -> None:
        """From now on have nothing but *error* for this question; a bug breaks the asking."""
        self._script[from_text(name), dnslib.QTYPE.reverse[qtype]] = error

    def hold(self, name: str) -> None:
        """Keep what is asked about *name* waiting until `release`."""
        self._gates[from_text(name)] = asyncio.Event()

    def release(self, name: str) -> None:
        """Answer what waits, and what is asked about *name* from now on."""
        self._gates.pop(from_text(name)).set()

    async def heard(self, count: int) -> None:
        """Wait until *count* questions have come."""
        while len(self.asked) < count:
            self._news.clear()
            await self._news.wait()

    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        self.asked.append(Exchanged(question, deadline))
        self._news.set()
        said = self._script.get((question.name, question.qtype))
        if isinstance(said, Exception) and not isinstance(said, UpstreamError):
            raise said
        self._tasks.spawn(self._answer(question, tell))

    async def _answer(self, question: Question, tell: Tell) -> None:
        gate = self._gates.get(question.name)
        await (gate.wait() if gate is not None else asyncio.sleep(0))
        said = self._script.get((question.name, question.qtype))
        assert not isinstance(said, Exception) or isinstance(said, UpstreamError)
        tell(_usual(question) if said is None else said)

    def is_own_probe(self, name: bytes) -> bool:
        return name in self.own_probes


def _usual(question: Question) -> bytes:
    """Put the answer together by hand: names may be of bytes that no other builder takes."""
    name, qtype, *_ = question
    data = {1: bytes([192, 0, 2, 1]), 28: b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"}.get(qtype)
    counts = (1, 0) if data is not None else (0, 1)
    owner, rtype = (b"\xc0\x0c", qtype) if data is not None else (b"\x00", 6)
    if data is None:
        data = b"\x00\x00" + struct.pack("!IIIII", 1, 1800, 900, 604_800, TTL_SECONDS)
    return (
        struct.pack("!HHHHHH", 0, 0x8180, 1, *counts, 0)
        + name
        + struct.pack("!HH", qtype, codes.IN)
        + owner
        + struct.pack("!HHIH", rtype, 1, TTL_SECONDS, len(data))
        + data
    )
