"""Judging an answer: is it one, is it the right one, does policy forbid it, is it late.

Pure; all times are monotonic seconds. A stub resolver does not know when the filter has sent what
it hears, only that it was between asking and hearing: so an answer is right if it was at any moment
of that stretch, and forbidden if it was at none.
"""

import socket
from enum import Enum
from typing import Final, NamedTuple

from soak.household import OPEN_IPV4, OPEN_IPV6, Expected

# After a step of the test clock a worker may go by the old time until it looks at the file again,
# every 0.2 s (filterdns/clock.py), and it may have looked a little before we did.
SEEN_BEFORE_US_SECONDS: Final = 0.1
OLD_TIME_SECONDS: Final = 0.4
# What a worker drains at one go bears the moment at which it woke up: a millisecond ago, or a turn
# of the scheduler where the machine has too much to do. The table tells how late it was.
LATE_AT_MOST_SECONDS: Final = 0.5


class Said(Enum):
    """What an answer says."""

    OPEN = "the upstream's address"
    BLOCKED = "the address that leads nowhere"
    FAILED = "a failure: SERVFAIL, REFUSED, FORMERR"
    TRUNCATED = "ask again over TCP"
    OTHER = "something else"
    STRANGE = "no answer to this question"


class Judgement(Enum):
    """What an answer is worth to whoever asked."""

    RIGHT = "as policy says"
    NONE = "no answer: to be asked again"
    WRONG = "blocked where policy allows, or nothing that anybody asked for"
    FORBIDDEN = "open where policy forbids"


class Bedtime:
    """When bedtime begins, as the house's clock has been moved so far."""

    def __init__(self) -> None:
        self._moves: list[tuple[float, float]] = []

    def begins(self, begins_at: float, seen_at: float) -> None:
        """Note at *seen_at* that it begins at *begins_at*, whatever was known before."""
        self._moves.append((seen_at, begins_at))

    def may_be_open(self, asked_at: float, heard_at: float) -> bool:
        """Whether it had not begun at some moment between the two."""
        return any(start < begins for start, _, begins in self._known(asked_at, heard_at))

    def may_be_on(self, asked_at: float, heard_at: float) -> bool:
        """Whether it had begun at some moment between the two."""
        return any(end >= begins for _, end, begins in self._known(asked_at, heard_at))

    def seconds_past(self, ttl_seconds: int, asked_at: float, heard_at: float) -> float:
        """Return for how long into it an answer of that moment is remembered at least."""
        return max(
            0.0,
            min(
                start + ttl_seconds - begins
                for start, _, begins in self._known(asked_at, heard_at)
                if start < begins
            ),
        )

    def seconds_since(self, asked_at: float, heard_at: float) -> float:
        """Return for how long it had been on at least when somebody asked."""
        return min(start - begins for start, _, begins in self._known(asked_at, heard_at))

    def _known(self, asked_at: float, heard_at: float) -> list[tuple[float, float, float]]:
        """Return the parts of that stretch, each with the beginning that the filter may go by."""
        if len(self._moves) == 1:  # the usual case, asked thousands of times a second
            return [(asked_at, heard_at, self._moves[0][1])]
        found = []
        for number, (seen_at, begins_at) in enumerate(self._moves):
            is_first, is_last = number == 0, number == len(self._moves) - 1
            start = asked_at if is_first else max(asked_at, seen_at - SEEN_BEFORE_US_SECONDS)
            end = heard_at
            if not is_last:
                end = min(heard_at, self._moves[number + 1][0] + OLD_TIME_SECONDS)
            if start <= end:
                found.append((start, end, begins_at))
        return found


class Judged(NamedTuple):
    """A judgement, and for how long into bedtime a child was let through, or remembers it."""

    judgement: Judgement
    late_seconds: float = 0.0


def read(wire: bytes, question: bytes) -> tuple[Said, int]:
    """Return what *wire* says to *question* (name, type, class as sent), and its TTL in seconds."""
    end = 12 + len(question)
    if wire[12:end] != question or not wire[2] & _QR:
        return Said.STRANGE, 0
    if code := wire[3] & 0x0F:
        return (Said.OTHER if code == _NXDOMAIN else Said.FAILED), 0
    if wire[2] & _TC:
        return Said.TRUNCATED, 0
    # One record, whose owner is a pointer to the question (RFC 1035 section 4.1.4).
    if wire[end : end + 6] != b"\xc0\x0c" + question[-4:]:
        return Said.OTHER, 0
    length = int.from_bytes(wire[end + 10 : end + 12])
    data = wire[end + 12 : end + 12 + length]
    said = _SAID_BY_DATA.get(data, Said.OTHER)
    return said, int.from_bytes(wire[end + 6 : end + 10])


def judge(
    expected: Expected,
    said: Said,
    ttl_seconds: int,
    asked_at: float,
    heard_at: float,
    bedtime: Bedtime,
) -> Judged:
    """Judge what was heard at *heard_at* to a question first asked at *asked_at*."""
    if said in (Said.FAILED, Said.STRANGE, Said.TRUNCATED):
        return _NONE
    if expected is Expected.UNTIL_BEDTIME:
        return _judge_child(said, ttl_seconds, asked_at, heard_at, bedtime)
    if said is Said.OPEN:
        return _FORBIDDEN if expected is Expected.BLOCKED else _RIGHT
    if said is Said.BLOCKED and expected is Expected.BLOCKED:
        return _RIGHT
    return _WRONG


def _judge_child(
    said: Said, ttl_seconds: int, asked_at: float, heard_at: float, bedtime: Bedtime
) -> Judged:
    if said is Said.BLOCKED:
        return _RIGHT if bedtime.may_be_on(asked_at, heard_at) else _WRONG
    if said is not Said.OPEN:
        return _WRONG
    if bedtime.may_be_open(asked_at, heard_at):
        late = bedtime.seconds_past(ttl_seconds, asked_at, heard_at)
    else:
        late = bedtime.seconds_since(asked_at, heard_at)
    return Judged(Judgement.FORBIDDEN if late > LATE_AT_MOST_SECONDS else Judgement.RIGHT, late)


# RFC 1035 section 4.1.1.
_QR: Final = 0x80
_TC: Final = 0x02
_NXDOMAIN: Final = 3

_SAID_BY_DATA: Final = {
    socket.inet_pton(socket.AF_INET, OPEN_IPV4): Said.OPEN,
    socket.inet_pton(socket.AF_INET6, OPEN_IPV6): Said.OPEN,
    bytes(4): Said.BLOCKED,
    bytes(16): Said.BLOCKED,
}
_RIGHT: Final = Judged(Judgement.RIGHT)
_NONE: Final = Judged(Judgement.NONE)
_WRONG: Final = Judged(Judgement.WRONG)
_FORBIDDEN: Final = Judged(Judgement.FORBIDDEN)
