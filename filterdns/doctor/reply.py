"""What a server said, as far as it tells whether a way is open.

Replies come from servers that nobody trusts; the reader of upstreams' answers checks them first.
"""

import os
import socket
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.dns.response import read_response
from filterdns.errors import MalformedMessage
from filterdns.upstreams import message

# The name holds nothing, and filterdns keeps it to itself (RFC 9462 section 4): the SOA record of
# its negative answer shows that filterdns has spoken, through forwarders and redirections, too.
MARK: Final = Question(from_text("resolver.arpa"), codes.A, False, False)
MARK_OWNER: Final = from_text("filterdns.invalid")  # dns/answers.py: the SOA's MNAME


class Service(NamedTuple):
    """An SVCB or HTTPS record: where it leads, and whether it holds a key for ECH.

    *hints* are the addresses that it names.
    """

    hints: tuple[str, ...]
    has_ech: bool


class Reply(NamedTuple):
    """A response: its code, the addresses, aliases (canonical names) and services in it."""

    rcode: int
    addresses: tuple[str, ...] = ()
    targets: tuple[bytes, ...] = ()
    services: tuple[Service, ...] = ()
    is_filterdns: bool = False


def make_query(question: Question) -> bytes:
    """Return a query for *question* with a random id."""
    return message.write_query(os.urandom(2), message.write_question(question), question)


def is_reply(wire: bytes, query: bytes, question: Question) -> bool:
    """Whether *wire* has the id and the question of *query*, in any case."""
    is_whole = len(wire) >= len(message.write_question(question)) + _HEADER_LENGTH
    return (
        is_whole
        and wire[:2] == query[:2]
        and message.fits_in_any_case(wire, message.write_question(question))
    )


def read_reply(wire: bytes, question: Question) -> Reply:
    """Read the response *wire* to *question*; raises `MalformedMessage` for what is none."""
    answer = read_response(wire, len(question.name))
    addresses, services, is_filterdns = [], [], False
    for number, (at, _) in enumerate(answer.ttls):
        rtype = int.from_bytes(answer.body[at - 4 : at - 2])
        data = answer.body[at + 6 : answer.ends[number]]
        if rtype == codes.SOA:
            is_filterdns |= data.lower().startswith(MARK_OWNER)
        elif number >= answer.counts[0]:
            continue
        elif rtype in _FAMILY_BY_TYPE:
            addresses.append(_address(rtype, data))
        elif rtype in (codes.SVCB, codes.HTTPS):
            services.append(_read_service(data))
    return Reply(
        answer.rcode, tuple(addresses), answer.leads.targets, tuple(services), is_filterdns
    )


def rcode_word(rcode: int) -> str:
    """Return the name of a response code."""
    return _WORD_BY_RCODE.get(rcode, f"code {rcode}")


_HEADER_LENGTH: Final = 12
_FAMILY_BY_TYPE: Final = {codes.A: socket.AF_INET, codes.AAAA: socket.AF_INET6}
_IPV4_HINT, _ECH, _IPV6_HINT = 4, 5, 6  # RFC 9460 section 14.3.2; ech: RFC 9848
_HINTS: Final = {_IPV4_HINT: (codes.A, 4), _IPV6_HINT: (codes.AAAA, 16)}
_WORD_BY_RCODE: Final = {
    codes.NOERROR: "NOERROR",
    codes.FORMERR: "FORMERR",
    codes.SERVFAIL: "SERVFAIL",
    codes.NXDOMAIN: "NXDOMAIN",
    codes.NOTIMP: "NOTIMP",
    codes.REFUSED: "REFUSED",
}


def _address(rtype: int, data: bytes) -> str:
    try:
        return socket.inet_ntop(_FAMILY_BY_TYPE[rtype], data)
    except ValueError:
        raise MalformedMessage("an address record has no whole address") from None


def _read_service(data: bytes) -> Service:
    """Read priority, target and parameters (RFC 9460 section 2.2)."""
    at = 2
    while at < len(data) and data[at]:
        at += data[at] + 1
    at += 1
    hints: list[str] = []
    has_ech = False
    while at + 4 <= len(data):
        key = int.from_bytes(data[at : at + 2])
        length = int.from_bytes(data[at + 2 : at + 4])
        value = data[at + 4 : at + 4 + length]
        if len(value) < length:
            raise MalformedMessage("a service record ends too early")
        has_ech |= key == _ECH
        if key in _HINTS:
            rtype, size = _HINTS[key]
            hints += [_address(rtype, value[n : n + size]) for n in range(0, length, size)]
        at += 4 + length
    return Service(tuple(hints), has_ech)
