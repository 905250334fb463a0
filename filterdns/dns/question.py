"""What a client's message asks, read by hand: it stands on the road of every query.

Strict where leniency would let two readers disagree: one question, no compression in it, at most
one OPT record.
"""

from struct import Struct
from typing import Final, NamedTuple

from filterdns.dns import codes, names
from filterdns.errors import MalformedMessage

HEADER_LENGTH: Final = 12  # RFC 1035 section 4.1.1
STREAM_SIZE: Final = 65_535  # RFC 1035 section 4.2.2
DATAGRAM_SIZE: Final = 1232  # the most that we send or ask for: IPv6's minimum MTU less headers
_PLAIN_SIZE: Final = 512  # RFC 1035 section 2.3.4: a client without EDNS
_MAX_RECORDS: Final = 4  # OPT, TSIG or SIG(0), and room for what nobody sends


class Question(NamedTuple):
    """What is asked, with all that an upstream's answer depends on; the class is IN.

    *name* is canonical; DO and CD are the client's (RFC 4035 sections 3.2.1 and 3.2.2).
    """

    name: bytes
    qtype: int
    dnssec_ok: bool
    checking_disabled: bool


class Edns(NamedTuple):
    """The OPT record of a query (RFC 6891 section 6.1.2).

    *payload_size* is what the client says it can take, in bytes; *has_options* whether its data
    holds anything.
    """

    payload_size: int
    version: int
    dnssec_ok: bool
    has_options: bool


class Query(NamedTuple):
    """A question that has arrived: the client's bytes, and what they say.

    *qclass* is the class that was asked for, which nobody answers if it is not IN.
    *question_end* is the offset behind the question, *size_limit* how many bytes the answer may
    have: what the client can take, and no more than what travels unfragmented (RFC 9715).
    """

    wire: bytes
    flags: int
    question: Question
    qclass: int
    question_end: int
    edns: Edns | None
    size_limit: int


def read_question(wire: bytes, *, is_datagram: bool = True) -> Query:
    """Read the query in *wire*, which came as a datagram or over a stream.

    Raises `MalformedMessage` for what is no query with exactly one question (RFC 9619); its *rcode*
    says what to answer where an id can be read.
    """
    try:
        return _read(wire, is_datagram)
    except IndexError:
        raise MalformedMessage("the message ends too early") from None


def _read(wire: bytes, is_datagram: bool) -> Query:
    if len(wire) < HEADER_LENGTH:
        raise MalformedMessage("the message has no whole header")
    flags, questions, answers, authorities, additionals = _COUNTS(wire, 2)
    if flags & codes.QR:
        raise MalformedMessage("the message is a response")
    if flags & codes.OPCODE_MASK:
        raise MalformedMessage("the operation is not a query", codes.NOTIMP)
    if questions != 1 or answers or authorities + additionals > _MAX_RECORDS:
        raise MalformedMessage("the message does not hold one question alone")
    at = HEADER_LENGTH
    while length := wire[at]:
        if length > 63:  # a pointer has nothing before it to point to
            raise MalformedMessage("the question's name is compressed")
        at += length + 1
    at += 1
    if at - HEADER_LENGTH > 255:
        raise MalformedMessage("the question's name is over 255 bytes")
    if len(wire) < at + 4:
        raise MalformedMessage("the message ends within the question")
    # Length bytes are at most 63, below "A": lowering the whole name leaves them alone.
    name = wire[HEADER_LENGTH:at].lower()
    qtype, qclass = _TYPE_AND_CLASS(wire, at)
    at += 4
    edns = _read_edns(wire, at, authorities, additionals) if additionals else None
    dnssec_ok = edns is not None and edns.dnssec_ok
    question = _new(Question, (name, qtype, dnssec_ok, flags & codes.CD != 0))
    if not is_datagram:
        size_limit = STREAM_SIZE
    elif edns is None or edns.payload_size <= _PLAIN_SIZE:  # RFC 6891 section 6.2.3
        size_limit = _PLAIN_SIZE
    elif edns.payload_size < DATAGRAM_SIZE:
        size_limit = edns.payload_size
    else:
        size_limit = DATAGRAM_SIZE
    return _new(Query, (wire, flags, question, qclass, at, edns, size_limit))


def _read_edns(wire: bytes, at: int, authorities: int, additionals: int) -> Edns | None:
    """Find the OPT record among the *additionals* that start behind the *authorities*."""
    is_alone = additionals == 1 and not authorities and len(wire) == at + _BARE_OPT_LENGTH
    if is_alone and wire.startswith(_BARE_OPT, at):
        # What nearly every client sends: nothing but an OPT record, nothing in it.
        _, rclass, ttl, length = _RECORD(wire, at + 1)
        if not length:
            return _new(Edns, (rclass, ttl >> 16 & 0xFF, ttl & codes.DO != 0, False))
    edns = None
    for index in range(authorities + additionals):
        is_root = wire[at] == 0
        at = names.skip(wire, at)
        if len(wire) < at + 10:
            raise MalformedMessage("the message ends within a record")
        rtype, rclass, ttl, length = _RECORD(wire, at)
        at += 10 + length
        if len(wire) < at:
            raise MalformedMessage("the message ends within a record")
        if rtype != codes.OPT or index < authorities:
            continue
        if edns is not None or not is_root:  # RFC 6891 section 6.1.1
            raise MalformedMessage("the message has more than one OPT record")
        edns = Edns(rclass, ttl >> 16 & 0xFF, bool(ttl & codes.DO), length > 0)
    return edns


_new = tuple.__new__  # what a named tuple's own __new__ does in twice the time
_BARE_OPT: Final = b"\x00" + codes.OPT.to_bytes(2)
_BARE_OPT_LENGTH: Final = 11
_COUNTS: Final = Struct("!HHHHH").unpack_from
_TYPE_AND_CLASS: Final = Struct("!HH").unpack_from
_RECORD: Final = Struct("!HHIH").unpack_from
