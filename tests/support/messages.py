"""Queries and responses for tests, built by another implementation than ours (dnslib)."""

from collections.abc import Sequence

import dnslib

from filterdns.dns import names
from filterdns.dns.question import HEADER_LENGTH, Query, read_question
from filterdns.dns.response import CachedAnswer, read_response
from filterdns.errors import MalformedMessage


def query_bytes(
    name: str = "www.example.com",
    qtype: str = "A",
    *,
    payload_size: int | None = None,
    dnssec_ok: bool = False,
    message_id: int = 0x1234,
    recursion_desired: bool = True,
    options: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """Return a query's bytes, with an OPT record if a payload size is given.

    *options* are those of the record: codes with their data.
    """
    record = dnslib.DNSRecord.question(name, qtype)
    record.header.id = message_id
    record.header.rd = int(recursion_desired)
    if payload_size is not None:
        flags = "do" if dnssec_ok else ""
        opts = [dnslib.EDNSOption(*each) for each in options]
        record.add_ar(dnslib.EDNS0(flags=flags, udp_len=payload_size, opts=opts))
    return bytes(record.pack())


def query_with_options(*options: tuple[int, bytes], name: str = "www.example.com") -> bytes:
    """Return a query for A of *name* whose OPT record has *options*, codes with their data."""
    return query_bytes(name, payload_size=1232, options=options)


def query(name: str = "www.example.com", qtype: str = "A", **options: object) -> Query:
    """Return the same, read."""
    return read_question(query_bytes(name, qtype, **options))  # type: ignore[arg-type]


def response_bytes(
    zone: str = "www.example.com. 300 IN A 192.0.2.1",
    *,
    name: str = "www.example.com",
    qtype: str = "A",
    rcode: int = 0,
    authority: str = "",
    with_opt: bool = False,
) -> bytes:
    """Return a response to *name* with the records of *zone* and *authority* (zone file text)."""
    record = dnslib.DNSRecord.question(name, qtype).reply()
    record.header.rcode = rcode
    record.header.id = 0
    for rr in dnslib.RR.fromZone(zone):
        record.add_answer(rr)
    for rr in dnslib.RR.fromZone(authority):
        record.add_auth(rr)
    if with_opt:
        record.add_ar(dnslib.EDNS0(udp_len=1232))
    return bytes(record.pack())


def read(wire: bytes) -> CachedAnswer:
    """Return what the response *wire* says to the question that stands in it."""
    try:
        name_length = names.skip(wire, HEADER_LENGTH) - HEADER_LENGTH
    except IndexError:
        raise MalformedMessage("the response has no whole question") from None
    return read_response(wire, name_length)


def parsed(wire: bytes) -> dnslib.DNSRecord:
    """Return *wire* as the other implementation reads it."""
    return dnslib.DNSRecord.parse(wire)


def extended_errors(wire: bytes) -> list[tuple[int, str]]:
    """Return the (code, text) of all extended errors in *wire* (RFC 8914 section 2), in order."""
    return [
        (int.from_bytes(option.data[:2]), option.data[2:].decode())
        for record in parsed(wire).ar
        if record.rtype == dnslib.QTYPE.OPT
        for option in record.rdata
        if option.code == 15
    ]
