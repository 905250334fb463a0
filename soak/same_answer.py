"""Whether two answers to one question are the same but for the second in which they were sent.

Pure. Compared are flags, counts and every record byte by byte; of TTLs, that they differ by no more
than the time that has passed. The id and the case of the name are whatever the asker chose.
"""

from typing import Final, NamedTuple

SHORT_TTL_SECONDS: Final = 3  # of what ends and is fetched anew while somebody looks


class Comparable(NamedTuple):
    """An answer taken apart: *rest* is all but id, question and TTLs."""

    rest: bytes
    ttls: tuple[int, ...]


def difference(question: bytes, fast: bytes, slow: bytes, seconds: float) -> str:
    """Return how two answers to *question*, sent within *seconds*, differ; empty if they do not.

    *question* is the section as it stands in the fast one; the case of the slow one is its own.
    """
    end = 12 + len(question)
    if fast[12:end] != question:
        return "the question is not the one that was asked"
    if slow[12:end].lower() != question.lower():
        return "the slow road answers another question"
    try:
        ours, theirs = _take_apart(fast, end), _take_apart(slow, end)
    except IndexError:
        return "the message ends too early"
    if ours.rest != theirs.rest:
        return f"{ours.rest.hex()} is not {theirs.rest.hex()}"
    for one, other in zip(ours.ttls, theirs.ttls, strict=True):
        is_near = abs(one - other) <= int(seconds) + 1
        if not is_near and max(one, other) > SHORT_TTL_SECONDS:
            return f"TTLs {ours.ttls} and {theirs.ttls} within {seconds:.0f} s"
    return ""


def _take_apart(wire: bytes, position: int) -> Comparable:
    rest, ttls = [wire[2:12]], []
    records = sum(int.from_bytes(wire[at : at + 2]) for at in (6, 8, 10))
    for _ in range(records):
        start = position
        while wire[position] and wire[position] < _POINTER:
            position += 1 + wire[position]
        position += 2 if wire[position] else 1
        end = position + 10 + int.from_bytes(wire[position + 8 : position + 10])
        if end > len(wire):
            raise IndexError
        if wire[position : position + 2] == _OPT:  # whose TTL holds flags (RFC 6891 section 6.1.3)
            rest.append(wire[start:end])
        else:
            ttls.append(int.from_bytes(wire[position + 4 : position + 8]))
            rest += wire[start : position + 4], wire[position + 8 : end]
        position = end
    return Comparable(b"".join(rest) + wire[position:], tuple(ttls))


_POINTER: Final = 0xC0  # RFC 1035 section 4.1.4
_OPT: Final = b"\x00\x29"
