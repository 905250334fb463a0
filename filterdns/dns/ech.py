"""HTTPS and SVCB answers without the key for Encrypted ClientHello (RFC 9848).

The key hides the name of a site from filters that look at TLS behind this one. It is taken out of
the record, and the rest of it stays: an answer without the record would cost HTTP/3 and its hints,
and to call it blocked would put every visit of a large site into the log of blocked names.
"""

from struct import Struct
from typing import Final

from filterdns.dns import codes, svcb
from filterdns.dns.question import HEADER_LENGTH
from filterdns.dns.response import CachedAnswer, read_name


def without_ech(answer: CachedAnswer, name: bytes) -> CachedAnswer:
    """Return *answer* to a question for *name* without keys for ECH.

    It holds the records of the answer section alone, with their names in full: what is cut out
    moves all pointers behind it (RFC 1035 section 4.1.4). It counts as authentic no more, because
    a signature does not fit what is left.
    """
    question = bytes(HEADER_LENGTH) + name + bytes(_TYPE_AND_CLASS_LENGTH)
    wire = question + answer.body
    body = bytearray()
    ttls, ends = [], []
    count = answer.counts[0]
    for (ttl_at, ttl), end, before in zip(
        answer.ttls[:count], answer.ends, (0, *answer.ends), strict=False
    ):
        owner = read_name(wire, len(question) + before)
        at = len(question) + ttl_at
        rtype, rclass = _TYPE_AND_CLASS(wire, at - _TYPE_AND_CLASS_LENGTH)
        data = _data(wire, rtype, at + _TTL_AND_LENGTH, len(question) + end)
        ttls.append((len(body) + len(owner) + _TYPE_AND_CLASS_LENGTH, ttl))
        body += owner + _HEAD(rtype, rclass, ttl, len(data)) + data
        ends.append(len(body))
    return answer._replace(
        is_authentic=False,
        counts=(count, 0, 0),
        body=bytes(body),
        ttls=tuple(ttls),
        ends=tuple(ends),
        leads=answer.leads._replace(has_ech=False),
    )


_TYPE_AND_CLASS_LENGTH: Final = 4
_TTL_AND_LENGTH: Final = 6
_TYPE_AND_CLASS: Final = Struct("!HH").unpack_from
_HEAD: Final = Struct("!HHIH").pack
_SERVICE_TYPES: Final = (codes.SVCB, codes.HTTPS)


def _data(wire: bytes, rtype: int, start: int, end: int) -> bytes:
    """Return the data from *start* to *end* of a record, names in full.

    Of the types in such answers none but aliases has a name that may be compressed (RFC 3597
    section 4).
    """
    if rtype in (codes.CNAME, codes.DNAME):
        return read_name(wire, start)
    if rtype not in _SERVICE_TYPES:
        return wire[start:end]
    kept = bytearray(wire[start : start + 2] + read_name(wire, start + 2))
    for each in svcb.parameters(wire, start, end):
        if each.key == svcb.MANDATORY:
            kept += _mandatory(wire[each.start + 4 : each.end])
        elif each.key != svcb.ECH:
            kept += wire[each.start : each.end]
    return bytes(kept)


def _mandatory(keys: bytes) -> bytes:
    """Return the parameter that names the mandatory *keys*, ECH not among them.

    A client gives a record up that lacks one (RFC 9460 section 8). Empty where none is left.
    """
    each_key = (keys[at : at + 2] for at in range(0, len(keys), 2))
    kept = b"".join(key for key in each_key if int.from_bytes(key) != svcb.ECH)
    return _KEY_AND_LENGTH(svcb.MANDATORY, len(kept)) + kept if kept else b""


_KEY_AND_LENGTH: Final = Struct("!HH").pack
