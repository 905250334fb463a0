"""The queries that we send, and the first look at what comes back.

Queries carry RD, AD (RFC 6840 section 5.7: we want to know whether the answer is authentic) and our
own OPT record; nothing of the client's goes up.
"""

from struct import Struct
from typing import Final

from filterdns.dns import codes
from filterdns.dns.question import DATAGRAM_SIZE, HEADER_LENGTH, Question


def write_question(question: Question, name: bytes | None = None) -> bytes:
    """Return the question section for *question*, with *name* (the same in other case) if given."""
    return (question.name if name is None else name) + _TYPE_AND_CLASS(question.qtype, codes.IN)


def write_query(query_id: bytes, question_section: bytes, question: Question) -> bytes:
    """Return the query for *question* with the two bytes *query_id* and the *question_section*."""
    header = _HEADER_CD if question.checking_disabled else _HEADER
    return query_id + header + question_section + (_OPT_DO if question.dnssec_ok else _OPT)


def fits(message: bytes, question_section: bytes) -> bool:
    """Whether *message* is a response to exactly *question_section*, its case included."""
    return (
        message.startswith(question_section, HEADER_LENGTH)
        and message[2] & _QR_AND_OPCODE == _RESPONSE
        and message[4:6] == b"\x00\x01"
    )


def fits_in_any_case(message: bytes, question_section: bytes) -> bool:
    """Whether *message* is a response to *question_section*, its name compared without case."""
    end = HEADER_LENGTH + len(question_section)
    name_end = end - _TYPE_AND_CLASS_LENGTH
    return (
        message[HEADER_LENGTH:name_end].lower()
        == question_section[:-_TYPE_AND_CLASS_LENGTH].lower()
        and message[name_end:end] == question_section[-_TYPE_AND_CLASS_LENGTH:]
        and message[2] & _QR_AND_OPCODE == _RESPONSE
        and message[4:6] == b"\x00\x01"
    )


def settle(message: bytes, name: bytes) -> bytes:
    """Return *message* with id 0 and the canonical *name* in its question.

    The length stays the same, so compression pointers into the question stay true.
    """
    return b"\x00\x00" + message[2:HEADER_LENGTH] + name + message[HEADER_LENGTH + len(name) :]


def is_truncated(message: bytes) -> bool:
    """Whether TC is set (RFC 2181 section 9)."""
    return bool(message[2] & codes.TC >> 8)


def rcode(message: bytes) -> int:
    """Return the response code in the header."""
    return message[3] & codes.RCODE_MASK


_TYPE_AND_CLASS_LENGTH: Final = 4
_TYPE_AND_CLASS: Final = Struct("!HH").pack
_QR_AND_OPCODE: Final = (codes.QR | codes.OPCODE_MASK) >> 8
_RESPONSE: Final = codes.QR >> 8

# The header behind the id (RFC 1035 section 4.1.1): one question, one additional record.
_FLAGS_AND_COUNTS: Final = Struct("!HHHHH").pack
_HEADER: Final = _FLAGS_AND_COUNTS(codes.RD | codes.AD, 1, 0, 0, 1)
_HEADER_CD: Final = _FLAGS_AND_COUNTS(codes.RD | codes.AD | codes.CD, 1, 0, 0, 1)

# RFC 6891 section 6.1.2: root, type, payload size, extended code and version and flags, no options.
_OPT_RECORD: Final = Struct("!BHHIH").pack
_OPT: Final = _OPT_RECORD(0, codes.OPT, DATAGRAM_SIZE, 0, 0)
_OPT_DO: Final = _OPT_RECORD(0, codes.OPT, DATAGRAM_SIZE, codes.DO, 0)
