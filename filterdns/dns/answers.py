"""Answers as they leave: rendered from what upstreams said, or made here.

Every answer copies id, RD, CD and the question's own bytes from the query (RFC 1035 section 4.1.1),
says RA and never AA, and carries our own OPT record if the query had one.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Final

from filterdns.dns import codes
from filterdns.dns.edns import Errors, opt_record
from filterdns.dns.question import HEADER_LENGTH, Query
from filterdns.dns.response import CachedAnswer, Ttls


def render(entry: CachedAnswer, query: Query, age_seconds: int, ttl_cap_seconds: int) -> bytes:
    """Return *entry* as the answer to *query*.

    Lowers every TTL by *age_seconds* and caps it, not below 0. Says AD only to those who asked for
    it by AD or DO (RFC 6840 sections 5.7 and 5.8). Truncates at a record boundary to the query's
    size limit. A failure (FORMERR, REFUSED, …) of the upstream becomes SERVFAIL: REFUSED would make
    devices ask another resolver.
    """
    rcode = entry.rcode
    if rcode not in (codes.NOERROR, codes.NXDOMAIN):
        return failure(query, codes.SERVFAIL, ((codes.EDE_NO_REACHABLE_AUTHORITY, ""),))
    edns = query.edns
    opt = opt_record(edns) if edns is not None else b""
    is_authentic = entry.is_authentic and (
        query.flags & codes.AD or (edns is not None and edns.dnssec_ok)
    )
    flags = _ANSWERED | query.flags & _COPIED | rcode | (codes.AD if is_authentic else 0)
    body = entry.body
    start = query.question_end
    counts = entry.counts
    if start + len(body) + len(opt) > query.size_limit:
        kept, counts, is_truncated = _fit(entry, query.size_limit - start - len(opt))
        body = body[:kept]
        if is_truncated:
            flags |= codes.TC
    wire = bytearray(query.wire[:start])
    _HEADER(wire, 2, flags, 1, counts[0], counts[1], counts[2] + (1 if opt else 0))
    wire += body
    _write_ttls(wire, start, entry.ttls, age_seconds, ttl_cap_seconds)
    wire += opt
    return bytes(wire)


def aged(tail: bytes, start: int, ttls: Ttls, age_seconds: int, ttl_cap_seconds: int) -> bytes:
    """Return *tail* with the TTLs that `render` gives it now.

    *tail* is the end of an answer that was rendered from all of a `CachedAnswer` with these *ttls*;
    its records begin at *start*.
    """
    wire = bytearray(tail)
    _write_ttls(wire, start, ttls, age_seconds, ttl_cap_seconds)
    return bytes(wire)


def addresses(
    query: Query, packed: Iterable[bytes], ttl_seconds: int, errors: Errors = ()
) -> bytes:
    """Return those of the *packed* addresses (4 or 16 bytes) that the question's type asks for.

    NODATA if there is none.
    """
    length = {codes.A: 4, codes.AAAA: 16}.get(query.question.qtype)
    found = [address for address in packed if len(address) == length]
    if not found:
        return negative(query, codes.NOERROR, ttl_seconds, errors=errors)
    records = b"".join(
        _RECORD(_QUESTION_NAME, query.question.qtype, codes.IN, ttl_seconds, len(address)) + address
        for address in found
    )
    return _assemble(query, codes.NOERROR, records, (len(found), 0), errors)


def pointer(query: Query, name: bytes, ttl_seconds: int) -> bytes:
    """Return *name* (canonical) as the PTR record of the question's name."""
    return _name_record(query, codes.PTR, name, ttl_seconds)


def alias(query: Query, target: bytes, ttl_seconds: int) -> bytes:
    """Return *target* (canonical) as the CNAME record of the question's name, and no more."""
    return _name_record(query, codes.CNAME, target, ttl_seconds)


def negative(
    query: Query, rcode: int, ttl_seconds: int, *, apex: bytes = b"", errors: Errors = ()
) -> bytes:
    """Return NXDOMAIN or NODATA (NOERROR) with an SOA record (RFC 2308 sections 2 and 3).

    The SOA stands at *apex*, which the question's name ends in; without it at the name itself. Its
    TTL and MINIMUM are *ttl_seconds*.
    """
    owner = query.question_end - 4 - len(apex) if apex else HEADER_LENGTH
    data = _SOA_NAMES + _SOA_NUMBERS(1, 1800, 900, 604_800, ttl_seconds)
    record = _RECORD(0xC000 | owner, codes.SOA, codes.IN, ttl_seconds, len(data)) + data
    return _assemble(query, rcode, record, (0, 1), errors)


def minimal_any(query: Query, ttl_seconds: int) -> bytes:
    """Return the one HINFO record that answers type ANY (RFC 8482 section 4.2)."""
    data = b"\x07RFC8482\x00"
    record = _RECORD(_QUESTION_NAME, codes.HINFO, codes.IN, ttl_seconds, len(data)) + data
    return _assemble(query, codes.NOERROR, record, (1, 0))


def failure(query: Query, rcode: int, errors: Errors = ()) -> bytes:
    """Return an answer without data: SERVFAIL, REFUSED, NOTIMP, BADVERS."""
    return _assemble(query, rcode, b"", (0, 0), errors)


def truncated(query: Query) -> bytes:
    """Return an empty answer with TC: ask again over TCP (RFC 7766 section 5)."""
    wire = bytearray(_assemble(query, codes.NOERROR, b"", (0, 0)))
    wire[2] |= codes.TC >> 8
    return bytes(wire)


def header_only(wire: bytes, rcode: int) -> bytes:
    """Return the bare header that answers *wire*, of which nothing but the header can be read.

    RFC 1035 section 4.1.1; opcode and RD are copied. Empty if *wire* is a response or too short:
    such a message is never answered.
    """
    if len(wire) < HEADER_LENGTH or wire[2] & 0x80:
        return b""
    flags = _FLAGS(wire, 2)[0] & (codes.OPCODE_MASK | codes.RD)
    return wire[:2] + _BARE_HEADER(codes.QR | codes.RA | flags | rcode, 0, 0, 0, 0)


def _name_record(query: Query, rtype: int, name: bytes, ttl_seconds: int) -> bytes:
    record = _RECORD(_QUESTION_NAME, rtype, codes.IN, ttl_seconds, len(name)) + name
    return _assemble(query, codes.NOERROR, record, (1, 0))


def _write_ttls(
    wire: bytearray, start: int, ttls: Ttls, age_seconds: int, ttl_cap_seconds: int
) -> None:
    """Write the TTLs of the records that begin at *start*, as far as there are any."""
    end = len(wire)
    for offset, ttl in ttls:
        at = start + offset
        if at >= end:
            break
        left = ttl - age_seconds
        if left > ttl_cap_seconds:
            left = ttl_cap_seconds
        _LONG_INTO(wire, at, left if left > 0 else 0)


def _assemble(
    query: Query, rcode: int, records: bytes, counts: tuple[int, int], errors: Errors = ()
) -> bytes:
    """Put an answer of our own together, leaving out error texts that do not fit."""
    opt = opt_record(query.edns, errors, rcode >> 4)
    size = query.question_end + len(records) + len(opt)
    if size > query.size_limit and errors:
        opt = opt_record(query.edns, tuple((code, "") for code, _ in errors), rcode >> 4)
    flags = _ANSWERED | query.flags & _COPIED | rcode & codes.RCODE_MASK
    wire = bytearray(query.wire[: query.question_end])
    _HEADER(wire, 2, flags, 1, counts[0], counts[1], 1 if opt else 0)
    return bytes(wire + records + opt)


def _fit(entry: CachedAnswer, room: int) -> tuple[int, tuple[int, int, int], bool]:
    """Return (bytes of the body, counts, whether TC is due) so that the body takes *room* at most.

    Additional records may be missing without TC (RFC 2181 section 9).
    """
    kept = 0
    for end in entry.ends:
        if end > room:
            break
        kept += 1
    answers, authorities, _ = entry.counts
    counts = (
        min(kept, answers),
        max(0, min(kept - answers, authorities)),
        max(0, kept - answers - authorities),
    )
    return entry.ends[kept - 1] if kept else 0, counts, kept < answers + authorities


_ANSWERED: Final = codes.QR | codes.RA
_COPIED: Final = codes.RD | codes.CD
_QUESTION_NAME: Final = 0xC000 | HEADER_LENGTH  # RFC 1035 section 4.1.4
# Names that nobody can own (RFC 6761 section 6.4): the data is ours and made up.
_SOA_NAMES: Final = b"\x09filterdns\x07invalid\x00" + b"\x06nobody\x07invalid\x00"
_SOA_NUMBERS: Final = Struct("!IIIII").pack  # serial, refresh, retry, expire, minimum
_HEADER: Final = Struct("!HHHHH").pack_into  # flags and the four counts
_BARE_HEADER: Final = Struct("!HHHHH").pack
_FLAGS: Final = Struct("!H").unpack_from
_LONG_INTO: Final = Struct("!I").pack_into
_RECORD: Final = Struct("!HHHIH").pack  # owner's pointer, type, class, TTL, length
