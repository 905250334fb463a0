"""What an upstream said, read once and kept as it came: whole messages under their question.

Nothing is taken apart into record sets, so nothing in the authority or additional section can
poison anything. The question's length stays the same, so compression pointers stay true.
"""

from struct import Struct
from typing import Final, NamedTuple

from filterdns.dns import codes, names
from filterdns.dns.question import HEADER_LENGTH
from filterdns.errors import MalformedMessage

MAX_RECORDS: Final = 1000
MAX_TARGETS: Final = 64
MAX_JUMPS: Final = 127  # no name has more labels, each with a pointer behind it
FAILURE_LIFETIME_SECONDS: Final = 1  # RFC 9520 section 3.2: at least a second
MAX_NEGATIVE_SECONDS: Final = 3600  # RFC 2308 section 5 asks for a cap of one to three hours
MAX_LIFETIME_SECONDS: Final = 86_400  # RFC 8767 section 4 suggests a cap in days


class CachedAnswer(NamedTuple):
    """A message of an upstream without its id, question and OPT record.

    *body* holds all records, *counts* how many in answer, authority, additional. *ttls* are
    (offset into the body, seconds), *ends* the offset behind each record. *targets* are the names
    (canonical) that the answer leads to by CNAME, DNAME, SVCB or HTTPS. *lifetime_seconds* is how
    long it may be kept, 0 for not at all.
    """

    rcode: int
    is_authentic: bool
    counts: tuple[int, int, int]
    body: bytes
    ttls: tuple[tuple[int, int], ...]
    ends: tuple[int, ...]
    targets: tuple[bytes, ...]
    lifetime_seconds: int


def read_response(wire: bytes) -> CachedAnswer:
    """Read the response *wire*; the caller has seen that it fits the question.

    Raises `MalformedMessage` for what cannot be passed on: broken records, a missing question, a
    response code beyond the header's four bits.
    """
    try:
        return _Reader(wire).read()
    except IndexError:
        raise MalformedMessage("the response ends too early") from None


class _Reader:
    """One pass over a message, collecting what `CachedAnswer` needs."""

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.ttls: list[tuple[int, int]] = []
        self.ends: list[int] = []
        self.targets: list[bytes] = []
        self.counts = [0, 0, 0]
        self.negative_seconds = 0
        self.answers_question = False

    def read(self) -> CachedAnswer:
        wire = self.wire
        if len(wire) < HEADER_LENGTH:
            raise MalformedMessage("the response has no whole header")
        flags, questions, *counts = _COUNTS(wire, 2)
        if questions != 1 or sum(counts) > MAX_RECORDS:
            raise MalformedMessage("the response has not one question or too many records")
        at = names.skip(wire, HEADER_LENGTH)
        self.qtype = wire[at] << 8 | wire[at + 1]
        self.start = end = at + 4
        for section, count in enumerate(counts):
            for _ in range(count):
                at = self.read_record(end, section)
                if at == 0:  # the OPT record: what follows it is additional, too, and left out
                    break
                end = at
        body = wire[self.start : end]
        if len(body) != end - self.start:
            raise MalformedMessage("the response ends within a record")
        rcode = flags & codes.RCODE_MASK
        return CachedAnswer(
            rcode,
            bool(flags & codes.AD),
            (self.counts[0], self.counts[1], self.counts[2]),
            body,
            tuple(self.ttls),
            tuple(self.ends),
            tuple(dict.fromkeys(self.targets)),
            self.lifetime_seconds(rcode),
        )

    def read_record(self, at: int, section: int) -> int:
        """Read the record at offset *at*; return the offset behind it, 0 for an OPT record."""
        wire = self.wire
        at = names.skip(wire, at)
        if len(wire) < at + 10:
            raise MalformedMessage("the response ends within a record")
        rtype, _, ttl, length = _RECORD(wire, at)
        data = at + 10
        end: int = data + length
        if rtype == codes.OPT:
            if section != 2:  # RFC 6891 section 6.1.1
                raise MalformedMessage("the response has an OPT record in the wrong place")
            if ttl >> 24:
                raise MalformedMessage("the response has an extended response code")
            return 0
        if ttl >= 1 << 31:  # RFC 2181 section 8
            ttl = 0
        if section == 1 and rtype == codes.SOA:
            ttl = self.negative_ttl(data, end, ttl)
        elif section == 0:
            self.read_target(rtype, data, length)
        self.counts[section] += 1
        self.ttls.append((at + 4 - self.start, ttl))
        self.ends.append(end - self.start)
        return end

    def negative_ttl(self, data: int, end: int, ttl: int) -> int:
        """Return the lesser of the SOA's TTL and its MINIMUM (RFC 2308 section 5)."""
        if end - data < 22:  # two root names and five numbers
            raise MalformedMessage("the response has a short SOA record")
        minimum = int.from_bytes(self.wire[end - 4 : end])
        seconds = min(ttl, minimum, MAX_NEGATIVE_SECONDS)
        self.negative_seconds = seconds
        return seconds

    def read_target(self, rtype: int, data: int, length: int) -> None:
        if rtype == self.qtype or self.qtype == codes.ANY:
            self.answers_question = True
        if rtype in (codes.CNAME, codes.DNAME):
            target = _read_name(self.wire, data)
        elif rtype in (codes.SVCB, codes.HTTPS) and length > 2:
            target = _read_name(self.wire, data + 2)
        else:
            return
        if target != names.ROOT:  # RFC 9460 section 2.5: the root means the owner itself
            self.targets.append(target)
        if len(self.targets) > MAX_TARGETS:
            raise MalformedMessage("the response has too many aliases")

    def lifetime_seconds(self, rcode: int) -> int:
        if rcode not in (codes.NOERROR, codes.NXDOMAIN):
            return FAILURE_LIFETIME_SECONDS
        answer_ttls = [ttl for _, ttl in self.ttls[: self.counts[0]]]
        if rcode == codes.NXDOMAIN or not self.answers_question:
            # RFC 2308 section 5: without an SOA record a negative answer is not kept.
            answer_ttls.append(self.negative_seconds)
        return min(*answer_ttls, MAX_LIFETIME_SECONDS)


def _read_name(wire: bytes, at: int) -> bytes:
    """Return the canonical form of the name at offset *at*, following pointers backwards only."""
    name = bytearray()
    limit = at
    jumps = 0
    while length := wire[at]:
        if length >= 0xC0:
            at = (length & 0x3F) << 8 | wire[at + 1]
            jumps += 1
            if at >= limit or jumps > MAX_JUMPS:  # RFC 1035 section 4.1.4: a prior occurrence
                raise MalformedMessage("a name points forward or around")
            limit = at
            continue
        if length > 63:
            raise MalformedMessage("a name has a label of unknown kind")
        name += wire[at : at + 1 + length]
        at += length + 1
        if len(name) > names.MAX_NAME_LENGTH - 1 or at > len(wire):
            raise MalformedMessage("a name is too long")
    name.append(0)
    return bytes(name).lower()


_COUNTS: Final = Struct("!HHHHH").unpack_from
_RECORD: Final = Struct("!HHIH").unpack_from
