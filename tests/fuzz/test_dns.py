"""No bytes make a reader raise, and none make the engine break or answer nonsense.

Bytes are random, real messages that were damaged, and messages put together from odd records.
"""

import asyncio
import logging
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import dnslib
from hypothesis import example, given
from hypothesis import strategies as st

from filterdns.dns import answers, codes, names
from filterdns.dns.framing import Deframer, frame
from filterdns.dns.question import HEADER_LENGTH, Query, read_question
from filterdns.dns.response import CachedAnswer
from filterdns.errors import MalformedMessage
from tests.support.examples import one_in
from tests.support.listening import Address, TcpClient, UdpClient, listening_tcp, listening_udp
from tests.support.messages import query_bytes, read, response_bytes
from tests.support.plane import AFTERNOON, Plane

NAME = "www.example.com"
QUERIES = (
    query_bytes(NAME),
    query_bytes(NAME, "HTTPS", payload_size=1232, dnssec_ok=True),
    query_bytes(NAME, payload_size=4096)[:-2] + bytes.fromhex("000c 000a0008 0011223344556677"),
    query_bytes("casino.example", payload_size=512),
    query_bytes("childline.org.uk", "AAAA"),
    query_bytes("printer.home", "ANY"),
    query_bytes(".", "NS"),
    query_bytes(".".join(["a" * 49] * 5), "TXT", payload_size=512),
)
RESPONSES = (
    response_bytes(),
    response_bytes(with_opt=True),
    response_bytes(f"{NAME}. 60 IN CNAME cdn.example.com.\ncdn.example.com. 30 IN A 192.0.2.1"),
    response_bytes(f"{NAME}. 60 IN CNAME casino.example.\ncasino.example. 30 IN A 192.0.2.1"),
    response_bytes("\n".join(f"{NAME}. 60 IN A 192.0.2.{number}" for number in range(90))),
    response_bytes("", rcode=3, authority="com. 60 IN SOA a.example. b.example. 1 2 3 4 5"),
    response_bytes(authority="example.com. 60 IN NS ns.example.com."),
    response_bytes("", rcode=2),
)
QUESTION = query_bytes(NAME)[HEADER_LENGTH:]  # of all responses
QUESTION_END = HEADER_LENGTH + len(QUESTION)


# Where the bytes come from.


def damage(wire: bytes, start: int, harm: tuple[str, int, bytes]) -> bytes:
    """Return *wire* with one *harm* done to it behind *start*."""
    kind, where, piece = harm
    at = start + where % (len(wire) - start + 1)
    match kind:
        case "cut":
            return wire[:at]
        case "insert":
            return wire[:at] + piece + wire[at:]
        case "overwrite":
            return wire[:at] + piece + wire[at + len(piece) :]
        case "leave out":
            return wire[:at] + wire[at + len(piece) :]
        case _:
            return wire + wire[at:]


KINDS = ("cut", "insert", "overwrite", "overwrite", "leave out", "repeat")
PIECES = st.binary(min_size=1, max_size=4) | st.sampled_from(
    (b"\x00", b"\xc0\x0c", b"\xc0\x00", b"\xff\xff", b"\x3f", b"\x40", b"\x00\x29", b"\x00\x05")
)
HARMS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2000), PIECES), min_size=1, max_size=4
)


def damaged(wires: Sequence[bytes], start: int = 0) -> st.SearchStrategy[bytes]:
    """Return a strategy for *wires* with some harm done to them behind *start*."""

    def harmed(wire: bytes, harms: list[tuple[str, int, bytes]]) -> bytes:
        for harm in harms:
            wire = damage(wire, start, harm)
        return wire

    return st.builds(harmed, st.sampled_from(wires), HARMS)


class Record(NamedTuple):
    """A record of any kind; its length says what its data has."""

    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    data: bytes

    def wire(self) -> bytes:
        length = len(self.data)
        return self.owner + struct.pack("!HHIH", *self[1:4], length) + self.data


NAMES = (b"\xc0\x0c", b"\xc0\x10", b"\x00", b"\x03cdn\xc0\x10", names.from_text("casino.example"))
TYPES = (1, 2, 5, 5, 6, 15, 16, 28, 39, 41, 46, 64, 65, 65, 250, 255, 65_535)
DATA = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(NAMES),
    st.sampled_from([b"\x00\x01" + name for name in NAMES]),
    st.sampled_from([b"\x00\x00" + bytes(20), bytes(600)]),
)
RECORDS = st.builds(
    Record,
    owner=st.sampled_from(NAMES),
    rtype=st.sampled_from(TYPES),
    rclass=st.sampled_from((1, 1, 1, 3, 1232)),
    ttl=st.sampled_from((0, 1, 60, 86_400, 2**31 - 1, 2**31, 2**32 - 1)),
    data=DATA,
)


def put_together(flags: int, sections: tuple[list[Record], list[Record], list[Record]]) -> bytes:
    counts = [len(section) for section in sections]
    records = b"".join(record.wire() for section in sections for record in section)
    return struct.pack("!HHHHHH", 0, flags, 1, *counts) + QUESTION + records


SECTIONS = st.tuples(
    st.lists(RECORDS, max_size=6), st.lists(RECORDS, max_size=3), st.lists(RECORDS, max_size=3)
)
RCODES = st.sampled_from((0x8180, 0x8180, 0x8183, 0x81A0, 0x8182, 0x8185, 0x8580, 0x818F))
UPSTREAM_RESPONSES = st.one_of(
    st.builds(put_together, RCODES, SECTIONS), damaged(RESPONSES, QUESTION_END)
)


# Readers.


ANY_BYTES = st.one_of(st.binary(max_size=600), damaged(QUERIES), damaged(RESPONSES))


@given(ANY_BYTES)
def test_no_bytes_make_a_reader_raise_anything_but_malformed(wire: bytes) -> None:
    with suppress(MalformedMessage):
        read_question(wire)
    with suppress(MalformedMessage):
        read_question(wire, is_datagram=False)
    with suppress(MalformedMessage):
        read(wire)
    bare = answers.header_only(wire, codes.FORMERR)
    assert len(bare) in (0, HEADER_LENGTH)


@given(ANY_BYTES)
def test_what_is_read_as_a_query_is_what_another_reader_reads(wire: bytes) -> None:
    try:
        query = read_question(wire)
    except MalformedMessage:
        return
    try:
        other = dnslib.DNSRecord.parse(wire)
    except (dnslib.DNSError, ValueError):
        return  # it knows fewer types of records, not fewer questions
    assert [label.lower() for label in other.q.qname.label] == names.labels(query.question.name)
    assert (other.q.qtype, other.q.qclass) == (query.question.qtype, query.qclass)


@given(st.lists(st.binary(max_size=80)), st.data())
def test_a_stream_may_be_cut_anywhere(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(piece) for piece in pieces) + data.draw(st.binary(max_size=20))
    whole, cut = Deframer(), Deframer()
    try:
        expected = whole.feed(stream)
    except MalformedMessage:
        expected = None
    found: list[bytes] = []
    try:
        at = 0
        while at < len(stream):
            end = at + data.draw(st.integers(1, 50))
            found += cut.feed(stream[at:end])
            at = end
    except MalformedMessage:
        assert expected is None
        return
    assert found == expected


# What is read can be rendered.


def walk(wire: bytes) -> list[list[int]]:
    """Return the types of all records by section; fails where counts or lengths do not fit."""
    _, _, questions, *counts = struct.unpack_from("!HHHHHH", wire)
    assert questions <= 1
    at = HEADER_LENGTH
    if questions:
        at = names.skip(wire, at) + 4
    sections = []
    for count in counts:
        section: list[int] = []
        for _ in range(count):
            at = names.skip(wire, at)
            rtype, _, _, length = struct.unpack_from("!HHIH", wire, at)
            section.append(rtype)
            at += 10 + length
        sections.append(section)
    assert at == len(wire)
    return sections


CLIENTS = [
    read_question(query_bytes(NAME)),
    read_question(query_bytes(NAME, payload_size=700)),
    read_question(query_bytes(NAME, payload_size=1232, dnssec_ok=True)),
    read_question(query_bytes(NAME, payload_size=512), is_datagram=False),
]


def accepted(wire: bytes) -> CachedAnswer | None:
    try:
        return read(wire)
    except MalformedMessage:
        return None


@given(UPSTREAM_RESPONSES, st.integers(0, 2**32), st.integers(0, 2**32))
@example(RESPONSES[4], 0, 300)
def test_what_is_accepted_can_be_given_to_every_client(wire: bytes, age: int, cap: int) -> None:
    entry = accepted(wire)
    if entry is None:
        return
    assert entry.lifetime_seconds >= 0
    for query in CLIENTS:
        rendered = answers.render(entry, query, age, cap)
        assert len(rendered) <= query.size_limit
        assert rendered[:2] == query.wire[:2]
        assert (
            rendered[HEADER_LENGTH : query.question_end]
            == query.wire[HEADER_LENGTH:][: query.question_end - HEADER_LENGTH]
        )
        *kept, additional = walk(rendered)
        assert additional.count(codes.OPT) == (query.edns is not None)
        assert not any(codes.OPT in section for section in kept)
        if entry.rcode not in (codes.NOERROR, codes.NXDOMAIN):
            assert kept == [[], []]
        elif not rendered[2] & 0x02:
            assert [len(section) for section in kept] == list(entry.counts[:2])


@given(st.sampled_from(RESPONSES), st.integers(0, 400), st.integers(0, 400))
def test_what_real_upstreams_say_is_given_on_so_that_others_can_read_it(
    wire: bytes, age: int, cap: int
) -> None:
    entry = read(wire)
    for query in CLIENTS:
        message = dnslib.DNSRecord.parse(answers.render(entry, query, age, cap))
        assert all(record.ttl <= cap for record in (*message.rr, *message.auth))


# The engine as a whole.


@contextmanager
def nothing_breaks() -> Iterator[None]:
    """Fail if anything was logged as an error, by us or by the loop."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keep(logging.ERROR)
    logger = logging.getLogger()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    assert [record.getMessage() for record in records] == []


def assert_fits(answer: bytes, wire: bytes) -> None:
    """Fail unless *answer* is something that a client may get for the datagram *wire*."""
    assert answer[:2] == wire[:2]
    assert answer[2] & 0x80
    assert not wire[2] & 0x80
    walk(answer)
    try:
        query: Query = read_question(wire)
    except MalformedMessage:
        assert len(answer) == HEADER_LENGTH
        return
    assert len(answer) <= query.size_limit
    assert answer[HEADER_LENGTH : query.question_end] == wire[HEADER_LENGTH : query.question_end]


KNOWN = query_bytes("reddit.com")  # blocked, and nothing that the others could turn into


@one_in(2)
@given(
    st.lists(st.one_of(damaged(QUERIES), st.sampled_from(QUERIES)), min_size=1, max_size=8),
    UPSTREAM_RESPONSES,
)
def test_no_datagram_and_no_upstream_breaks_the_listener(
    wires: list[bytes], response: bytes
) -> None:
    plane = Plane(now=AFTERNOON)
    plane.exchange.sends(NAME, "A", response)

    async def scene() -> None:
        with listening_udp(plane.service) as (_, server), UdpClient(server) as client:
            for wire in (*wires, *wires, *wires):
                client.send(wire)
                client.send(KNOWN)  # is answered at once, so what is silent is known to be
                received = [await client.receive()]
                while received[-1] != answer_to_known:
                    received.append(await client.receive())
                await plane.finish(5)
                for answer in (*received[:-1], *client.received()):
                    assert_fits(answer, wire)

    answer_to_known = plane.answer(KNOWN).wire
    with nothing_breaks():
        asyncio.run(scene())
    assert plane.slot().in_flight == 0


@one_in(2)
@given(st.lists(st.one_of(st.binary(max_size=100), damaged(QUERIES).map(frame)), max_size=6))
def test_no_stream_breaks_the_listener(pieces: list[bytes]) -> None:
    plane = Plane()

    async def scene(server: Address) -> None:
        client = await TcpClient.connect(server)
        for piece in pieces:
            client.writer.write(piece)
            await asyncio.sleep(0)
        with suppress(OSError):
            client.writer.write_eof()
        rest: Any = Deframer()
        for answer in rest.feed(await client.rest()):
            assert answer[2] & 0x80
            walk(answer)
        assert rest.is_empty
        await client.close()

    async def run() -> None:
        with listening_tcp(plane) as (_, server):
            await scene(server)
        await plane.finish(5)
        await asyncio.sleep(0)  # lets the transports close their sockets

    with nothing_breaks():
        asyncio.run(run())
    assert len(plane.connections) == 0
