"""Judging an answer of a house whose rules change: was it right at any moment, or at none.

Pure. Whoever asks does not know when the filter has sent what it hears, only that it was between
asking and hearing. All times are monotonic seconds unless they are said to be those of the house.
"""

import socket
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from filterdns.dns.names import from_text
from soak.household import OPEN_IPV4, OPEN_IPV6
from soak.judge import LATE_AT_MOST_SECONDS
from soak.timeline import Timeline
from soak.truth_house import HAS_BEDTIME, NAS_IPV4, PERSON_AT, Rules, Said, may_say

MINUTE: Final = 60


class Question(NamedTuple):
    """Who asks from which *address* for which *name*; *tail* is the message behind its id."""

    address: str
    name: str
    question: bytes
    tail: bytes


class Judgement(Enum):
    """What an answer is worth."""

    RIGHT = "as policy said at some moment between asking and hearing"
    NONE = "no answer: to be asked again"
    FORBIDDEN = "as policy said at no such moment"


class Judged(NamedTuple):
    """A judgement, and by how many seconds a minute of the house came late, or is outlived."""

    judgement: Judgement
    late_seconds: float = 0.0


class InForce(NamedTuple):
    """What may have been in force when: rules, list, and the house's time less monotonic."""

    rules: Timeline[Rules]
    listed: Timeline[frozenset[str]]
    offset: Timeline[float]


def make_question(address: str, name: str, qtype: str, *, has_edns: bool) -> Question:
    """Return the question of whoever is at *address*."""
    question = from_text(name) + _QTAIL_BY_TYPE[qtype]
    head = b"\x01\x00\x00\x01" + bytes(5) + bytes([has_edns])
    return Question(address, name, question, head + question + (_OPT if has_edns else b""))


def read(wire: bytes, question: bytes) -> tuple[Said, int]:
    """Return what *wire* says to *question*, and the longest TTL of its answer section."""
    if wire[12 : 12 + len(question)] != question or not wire[2] & _QR:
        return Said.STRANGE, 0
    code = wire[3] & 0x0F
    if code == _NXDOMAIN:
        return Said.NXDOMAIN, 0
    if code or wire[2] & _TC:
        return Said.FAILED, 0
    position, said, longest = 12 + len(question), Said.NODATA, 0
    for _ in range(int.from_bytes(wire[6:8])):
        position = _after_name(wire, position)
        longest = max(longest, int.from_bytes(wire[position + 4 : position + 8]))
        end = position + 10 + int.from_bytes(wire[position + 8 : position + 10])
        is_alias = wire[position : position + 2] == _CNAME
        said = Said.OTHER if is_alias else _SAID_BY_DATA.get(wire[position + 10 : end], Said.OTHER)
        position = end
    return said, longest


def judge(
    question: Question,
    said: Said,
    ttl_seconds: int,
    asked_at: float,
    heard_at: float,
    in_force: InForce,
) -> Judged:
    """Judge what was heard at *heard_at* to a question that was first asked at *asked_at*.

    Rules and lists are judged to the last digit. A minute may end late by the turn of a scheduler,
    because what is drained at one go bears the moment of the wake-up; that is told.
    """
    if said in (Said.FAILED, Said.STRANGE):
        return _NONE
    late = 0.0
    if not _is_right(question, said, asked_at, asked_at, heard_at, in_force):
        early = asked_at - LATE_AT_MOST_SECONDS
        if not _is_right(question, said, early, asked_at, heard_at, in_force):
            return _FORBIDDEN
        late = _seconds_into_minute(asked_at, heard_at, in_force.offset)
    if PERSON_AT[question.address] in HAS_BEDTIME:
        late = max(late, _outlived_seconds(ttl_seconds, asked_at, heard_at, in_force.offset))
    return _FORBIDDEN if late > LATE_AT_MOST_SECONDS else Judged(Judgement.RIGHT, late)


def _is_right(
    question: Question,
    said: Said,
    minutes_from: float,
    asked_at: float,
    heard_at: float,
    in_force: InForce,
) -> bool:
    who = PERSON_AT[question.address]
    is_odd_at = (
        {minute % 2 == 1 for minute in _minutes(minutes_from, heard_at, in_force.offset)}
        if who in HAS_BEDTIME
        else {False}
    )
    return any(
        said in may_say(who, question.name, rules, listed, is_odd)
        for rules in in_force.rules.possible(asked_at, heard_at)
        for listed in in_force.listed.possible(asked_at, heard_at)
        for is_odd in is_odd_at
    )


def _minutes(start: float, end: float, offset: Timeline[float]) -> Iterator[int]:
    for begin, last, house in offset.stretches(start, end):
        yield from range(int((begin + house) // MINUTE), int((last + house) // MINUTE) + 1)


def _seconds_into_minute(start: float, end: float, offset: Timeline[float]) -> float:
    return min((begin + house) % MINUTE for begin, _, house in offset.stretches(start, end))


def _outlived_seconds(ttl_seconds: int, start: float, end: float, offset: Timeline[float]) -> float:
    """Return by how much the answer outlives the last minute in which it may have been sent."""
    return max(
        0.0,
        min(
            begin + house + ttl_seconds - ((last + house) // MINUTE + 1) * MINUTE
            for begin, last, house in offset.stretches(start, end)
        ),
    )


def _after_name(wire: bytes, position: int) -> int:
    """Return where the name at *position* ends (RFC 1035 section 4.1.4)."""
    while length := wire[position]:
        if length >= 0xC0:
            return position + 2
        position += 1 + length
    return position + 1


# RFC 1035 sections 3.2.2 and 4.1.1, RFC 6891 section 6.1.2.
_QR: Final = 0x80
_TC: Final = 0x02
_NXDOMAIN: Final = 3
_CNAME: Final = b"\x00\x05"
_QTAIL_BY_TYPE: Final = {"A": b"\x00\x01\x00\x01", "AAAA": b"\x00\x1c\x00\x01"}
_OPT: Final = b"\x00\x00\x29\x04\xd0" + bytes(6)

_SAID_BY_DATA: Final = {
    socket.inet_pton(socket.AF_INET, OPEN_IPV4): Said.OPEN,
    socket.inet_pton(socket.AF_INET6, OPEN_IPV6): Said.OPEN,
    bytes(4): Said.ZERO,
    bytes(16): Said.ZERO,
    socket.inet_aton(NAS_IPV4[0]): Said.NAS_0,
    socket.inet_aton(NAS_IPV4[1]): Said.NAS_1,
}
_NONE: Final = Judged(Judgement.NONE)
_FORBIDDEN: Final = Judged(Judgement.FORBIDDEN)
