"""What an upstream said, read once and kept as it came: whole messages under their question.

Nothing is taken apart into record sets, so nothing in the authority or additional section can
poison anything. The question's length stays the same, so compression pointers stay true.
"""

from struct import Struct
from typing import Final, NamedTuple

from filterdns.dns import codes, names, svcb
from filterdns.dns.leads import NOWHERE, Leads
from filterdns.dns.private_addresses import embedded, is_private
from filterdns.dns.question import HEADER_LENGTH
from filterdns.errors import MalformedMessage

MAX_RECORDS: Final = 1000
MAX_TARGETS: Final = 64
MAX_ADDRESSES: Final = MAX_RECORDS  # hints, too; each is looked up at every answer
MAX_JUMPS: Final = 127  # no name has more labels, each with a pointer behind it
FAILURE_LIFETIME_SECONDS: Final = 1  # RFC 9520 section 3.2: at least a second
MAX_NEGATIVE_SECONDS: Final = 3600  # RFC 2308 section 5 asks for a cap of one to three hours
MAX_LIFETIME_SECONDS: Final = 86_400  # RFC 8767 section 4 suggests a cap in days


Ttls = tuple[tuple[int, int], ...]
"""For each record the offset of its TTL in the body, and the TTL (seconds)."""


class CachedAnswer(NamedTuple):
    """A message of an upstream without its id, question and OPT record.

    *body* holds all records, *counts* how many in answer, authority, additional. *ttls* are
    (offset into the body, seconds), *ends* the offset behind each record. *leads* tells where a
    client goes from here. *lifetime_seconds* is how long it may be kept, 0 for not at all.
    """

    rcode: int
    is_authentic: bool
    counts: tuple[int, int, int]
    body: bytes
    ttls: Ttls
    ends: tuple[int, ...]
    leads: Leads
    lifetime_seconds: int


def read_response(wire: bytes, name_length: int) -> CachedAnswer:
    """Read the response *wire*; the caller has seen that it fits the question.

    *name_length* is that of the question's name, in bytes. Raises `MalformedMessage` for what
    cannot be passed on: broken records, a response code beyond the header's four bits.
    """
    try:
        return _read(wire, name_length)
    except IndexError:
        raise MalformedMessage("the response ends too early") from None


def _read(wire: bytes, name_length: int) -> CachedAnswer:
    """Collect in one pass what `CachedAnswer` needs."""
    size = len(wire)
    if size < HEADER_LENGTH:
        raise MalformedMessage("the response has no whole header")
    flags, questions, answers, authorities, additionals = _COUNTS(wire, 2)
    behind_answers = answers + authorities
    records = behind_answers + additionals
    if questions != 1 or records > MAX_RECORDS:
        raise MalformedMessage("the response has not one question or too many records")
    at = HEADER_LENGTH + name_length
    qtype = wire[at] << 8 | wire[at + 1]
    start = end = at + 4
    ttls: list[tuple[int, int]] = []
    ends: list[int] = []
    targets: dict[bytes, None] = {}
    addresses: dict[bytes, None] = {}
    has_ech = False
    # What comes along with an answer to SVCB or HTTPS, its client uses (RFC 9460 section 4.1).
    followed = records if qtype in _SERVICE_TYPES else answers
    negative_seconds = 0
    lifetime = MAX_LIFETIME_SECONDS
    is_negative = True
    for index in range(records):
        at = end + 2 if wire[end] >= 0xC0 else names.skip(wire, end)
        if size < at + 10:
            raise MalformedMessage("the response ends within a record")
        rtype, _, ttl, length = _RECORD(wire, at)
        if rtype == codes.OPT:
            _check_opt(index >= behind_answers, ttl)
            additionals = index - behind_answers  # what follows it is additional, too, and left out
            break
        if ttl >= 1 << 31:  # RFC 2181 section 8
            ttl = 0
        end = at + 10 + length
        if index < answers:
            if rtype == qtype or qtype == codes.ANY:
                is_negative = False
            if ttl < lifetime:
                lifetime = ttl
        elif rtype == codes.SOA and index < behind_answers:
            negative_seconds = ttl = _negative_ttl(wire, at + 10, end, ttl)
        if index < followed:
            if rtype in _ADDRESS_BYTES:
                if length != _ADDRESS_BYTES[rtype]:
                    raise MalformedMessage("an address has the wrong length")
                addresses[wire[at + 10 : end]] = None
            elif rtype in _LEADING_TYPES:
                _add_target(targets, wire, rtype, at + 10, length)
                if rtype in _SERVICE_TYPES:
                    has_ech |= _add_hints(addresses, wire, at + 10, end)
        ttls.append((at + 4 - start, ttl))
        ends.append(end - start)
    if end > size:
        raise MalformedMessage("the response ends within a record")
    rcode = flags & codes.RCODE_MASK
    if rcode not in (codes.NOERROR, codes.NXDOMAIN):
        lifetime = FAILURE_LIFETIME_SECONDS
    elif (rcode == codes.NXDOMAIN or is_negative) and negative_seconds < lifetime:
        lifetime = negative_seconds  # RFC 2308 section 5: none without an SOA record
    return _new(
        CachedAnswer,
        (
            rcode,
            flags & codes.AD != 0,
            (answers, authorities, additionals),
            wire[start:end],
            tuple(ttls),
            tuple(ends),
            _leads(targets, addresses, has_ech) if targets or addresses or has_ech else NOWHERE,
            lifetime,
        ),
    )


def _check_opt(is_additional: bool, ttl: int) -> None:
    if not is_additional:  # RFC 6891 section 6.1.1
        raise MalformedMessage("the response has an OPT record in the wrong place")
    if ttl >> 24:
        raise MalformedMessage("the response has an extended response code")


def _negative_ttl(wire: bytes, data: int, end: int, ttl: int) -> int:
    """Return the lesser of the SOA's TTL and its MINIMUM (RFC 2308 section 5)."""
    if end - data < 22:  # two root names and five numbers
        raise MalformedMessage("the response has a short SOA record")
    return min(ttl, int.from_bytes(wire[end - 4 : end]), MAX_NEGATIVE_SECONDS)


def _add_target(
    targets: dict[bytes, None], wire: bytes, rtype: int, data: int, length: int
) -> None:
    """Add the name that the record with its data at offset *data* leads to, if any."""
    if rtype in _SERVICE_TYPES:
        if length <= 2:
            return
        data += 2
    target = read_name(wire, data)
    if target != names.ROOT:  # RFC 9460 section 2.5: the root means the owner itself
        targets[target] = None
    if len(targets) > MAX_TARGETS:
        raise MalformedMessage("the response has too many aliases")


def _add_hints(addresses: dict[bytes, None], wire: bytes, data: int, end: int) -> bool:
    """Add the address hints of an SVCB record, and return whether it has a key for ECH."""
    has_ech = False
    for parameter in svcb.parameters(wire, data, end):
        has_ech |= parameter.key == svcb.ECH
        addresses.update(dict.fromkeys(svcb.hints(wire, parameter)))
    return has_ech


def _leads(targets: dict[bytes, None], addresses: dict[bytes, None], has_ech: bool) -> Leads:
    if len(addresses) > MAX_ADDRESSES:
        raise MalformedMessage("the response has too many addresses")
    in_disguise = [
        each for address in addresses if len(address) == 16 for each in embedded(address)
    ]
    return _new(
        Leads,
        (
            tuple(targets),
            (*addresses, *in_disguise) if in_disguise else tuple(addresses),
            any(map(is_private, addresses)),
            has_ech,
        ),
    )


def read_name(wire: bytes, at: int) -> bytes:
    """Return the canonical form of the name at offset *at*, following pointers backwards only.

    Raises `MalformedMessage` where they lead around or the name is too long, IndexError at the end.
    """
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


_new = tuple.__new__  # what a named tuple's own __new__ does in twice the time
_COUNTS: Final = Struct("!HHHHH").unpack_from
_RECORD: Final = Struct("!HHIH").unpack_from
_SERVICE_TYPES: Final = (codes.SVCB, codes.HTTPS)
_LEADING_TYPES: Final = frozenset({codes.CNAME, codes.DNAME, *_SERVICE_TYPES})
_ADDRESS_BYTES: Final = {codes.A: 4, codes.AAAA: 16}
