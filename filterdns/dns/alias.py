"""What an upstream said of one name, as the answer for another name that is an alias of it.

Records point into the message that they came in, so they are written out anew, uncompressed. Only
those are kept that make up such an answer: aliases, addresses, what proves that there are none, and
signatures. Authorities and additional records would be about machines that nobody asked for.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Final, NamedTuple

from filterdns.dns import codes, names
from filterdns.dns.question import HEADER_LENGTH
from filterdns.dns.response import CachedAnswer, read_name
from filterdns.errors import MalformedMessage


def with_alias(answer: CachedAnswer, target: bytes) -> CachedAnswer:
    """Return *answer*, which was given for *target*, as that for any name that is its alias.

    The alias (RFC 1034 section 3.6.2) stands before all else and lives as long as the shortest of
    the others. *target* is the first that it leads to. Nothing of it is authentic: the alias is
    ours. What is no answer at all (SERVFAIL, REFUSED, …) stays as it is. Raises `MalformedMessage`
    where a name in the records cannot be read.
    """
    if answer.rcode not in (codes.NOERROR, codes.NXDOMAIN):
        return answer
    answers, authorities, _ = answer.counts
    try:
        found = list(_records(answer, target, range(answers)))
        proof = list(_records(answer, target, range(answers, answers + authorities)))
    except IndexError:
        raise MalformedMessage("a name in the response ends too early") from None
    ttl_seconds = min((record.ttl_seconds for record in found + proof), default=0)
    alias = _Record(_QUESTION_NAME, _CNAME_IN, ttl_seconds, target)
    body = bytearray()
    ttls = []
    ends = []
    for record in (alias, *found, *proof):
        ttls.append((len(body) + len(record.owner) + len(record.kind), record.ttl_seconds))
        body += record.owner + record.kind
        body += _TTL_AND_LENGTH(record.ttl_seconds, len(record.data)) + record.data
        ends.append(len(body))
    return answer._replace(
        is_authentic=False,
        counts=(1 + len(found), len(proof), 0),
        body=bytes(body),
        ttls=tuple(ttls),
        ends=tuple(ends),
        leads=answer.leads._replace(targets=(target, *answer.leads.targets)),
    )


class _Record(NamedTuple):
    """A record that points nowhere, but to the question; *kind* is its type and class."""

    owner: bytes
    kind: bytes
    ttl_seconds: int
    data: bytes


def _records(answer: CachedAnswer, target: bytes, indexes: Iterable[int]) -> Iterable[_Record]:
    """Yield those records of *answer* at *indexes* that are kept."""
    message = bytes(HEADER_LENGTH) + target + bytes(_TYPE_AND_CLASS_LENGTH) + answer.body
    start = len(message) - len(answer.body)
    for index in indexes:
        offset, ttl_seconds = answer.ttls[index]
        ttl_at = start + offset
        kind = message[ttl_at - _TYPE_AND_CLASS_LENGTH : ttl_at]
        rtype = int.from_bytes(kind[:2])
        data = _data(message, rtype, ttl_at + _TTL_AND_LENGTH_LENGTH, start + answer.ends[index])
        if data is not None:
            owner_at = start + (answer.ends[index - 1] if index else 0)
            yield _Record(read_name(message, owner_at), kind, ttl_seconds, data)


def _data(message: bytes, rtype: int, at: int, end: int) -> bytes | None:
    """Return the data between *at* and *end* with its names written out; None if it is not kept."""
    if rtype in _VERBATIM:
        return message[at:end]
    if rtype in (codes.CNAME, codes.DNAME):
        return read_name(message, at)
    if rtype == codes.SOA:
        mailbox_at = names.skip(message, at)
        numbers = message[end - _SOA_NUMBERS_LENGTH : end]
        return read_name(message, at) + read_name(message, mailbox_at) + numbers
    return None


# Names in the data of the last three are never compressed (RFC 3597 section 4).
_VERBATIM: Final = frozenset({codes.A, codes.AAAA, codes.RRSIG, codes.NSEC, codes.NSEC3})
_QUESTION_NAME: Final = (0xC000 | HEADER_LENGTH).to_bytes(2)  # RFC 1035 section 4.1.4
_CNAME_IN: Final = codes.CNAME.to_bytes(2) + codes.IN.to_bytes(2)
_TTL_AND_LENGTH: Final = Struct("!IH").pack
_TYPE_AND_CLASS_LENGTH: Final = 4
_TTL_AND_LENGTH_LENGTH: Final = 6
_SOA_NUMBERS_LENGTH: Final = 20
