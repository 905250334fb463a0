"""Upstreams at the resolver's seam, which say what a test has written down.

    exchange = ScriptedExchange()
    exchange.says("www.example.com", "A", "www.example.com. 300 IN A 192.0.2.1")
    exchange.fails("down.example", "A", UpstreamError("nobody is there"))

A question that nobody has written down has an address of its own if it asks for one, else nothing
(NODATA with an SOA record), so that random names have answers, too.
"""

import asyncio
from typing import Final, NamedTuple

import dnslib

from filterdns.dns.names import from_text, to_text
from filterdns.dns.question import Question
from tests.support.messages import response_bytes

TTL_SECONDS: Final = 300


class Exchanged(NamedTuple):
    """What the resolver asked."""

    question: Question
    dnssec_ok: bool
    checking_disabled: bool
    deadline: float


class ScriptedExchange:
    """Answers at once, or when a test lets it; *asked* holds every question, the oldest first."""

    def __init__(self) -> None:
        self.asked: list[Exchanged] = []
        self.own_probes: set[bytes] = set()
        self._news = asyncio.Event()
        self._script: dict[tuple[bytes, int], bytes | Exception] = {}
        self._gates: dict[bytes, asyncio.Event] = {}

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
        """From now on have nothing but *error* for this question."""
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

    async def exchange(
        self, question: Question, *, dnssec_ok: bool, checking_disabled: bool, deadline: float
    ) -> bytes:
        self.asked.append(Exchanged(question, dnssec_ok, checking_disabled, deadline))
        self._news.set()
        gate = self._gates.get(question.name)
        await (gate.wait() if gate is not None else asyncio.sleep(0))
        answer = self._script.get((question.name, question.qtype))
        if isinstance(answer, Exception):
            raise answer
        return _usual(question) if answer is None else answer

    def is_own_probe(self, name: bytes) -> bool:
        return name in self.own_probes


def _usual(question: Question) -> bytes:
    name = to_text(question.name)
    reply = dnslib.DNSRecord.question(".", "A").reply()
    reply.header.id = 0
    reply.questions[0] = dnslib.DNSQuestion(name, question.qtype, question.qclass)
    data = {1: dnslib.A("192.0.2.1"), 28: dnslib.AAAA("2001:db8::1")}.get(question.qtype)
    if data is not None:
        reply.add_answer(dnslib.RR(name, question.qtype, ttl=TTL_SECONDS, rdata=data))
    else:
        times = (1, 1800, 900, 604_800, TTL_SECONDS)
        soa = dnslib.SOA("ns.example", "admin.example", times)
        reply.add_auth(dnslib.RR("example", 6, ttl=TTL_SECONDS, rdata=soa))
    return bytes(reply.pack())
