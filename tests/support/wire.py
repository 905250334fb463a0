"""Messages written out as hex, with comments, and the road that they take through the engine."""

from typing import Final, NamedTuple

import pytest

from filterdns.dns.names import from_text
from tests.support.plane import LENA_ADDRESS, Plane

# What stands in nearly every message.
OPT: Final = "00 0029 04d0 00 00 0000 0000"  # root, OPT, 1232 bytes, EDNS 0, no flags, no options
OPT_DO: Final = "00 0029 04d0 00 00 8000 0000"
SOA: Final = """
    09 66696c746572646e73 07 696e76616c696400   # filterdns.invalid
    06 6e6f626f6479 07 696e76616c696400         # nobody.invalid
    00000001 00000708 00000384 00093a80         # serial, refresh, retry, expire
"""
SOA_LENGTH: Final = "0037"


class Golden(NamedTuple):
    """A query and the very bytes that answer it; *shows* names the section that wants it so.

    *upstream* is what an upstream says, *name* and *qtype* to which question, *seconds* how long
    before the query it said so.
    """

    shows: str
    query: str
    answer: str
    upstream: str = ""
    name: str = ""
    qtype: str = "A"
    seconds: int = 0


def read_hex(text: str) -> bytes:
    """Return the bytes of *text*: hex digits, spaces, and comments from `#` to the line's end."""
    return bytes.fromhex(" ".join(line.partition("#")[0] for line in text.splitlines()))


def name_hex(text: str) -> str:
    """Return a name in wire form as hex, in the case in which it is written."""
    labels = text.split(".")
    return "".join(f"{len(label):02x}{label.encode().hex()}" for label in labels) + "00"


def table(*rows: Golden) -> pytest.MarkDecorator:
    """Return the decorator that runs a test for each of *rows*."""
    return pytest.mark.parametrize("golden", rows, ids=[row.shows for row in rows])


def answer_over_udp(plane: Plane, wire: bytes, address: str = LENA_ADDRESS) -> bytes:
    """Return what the client at *address* gets for *wire*; empty for silence."""
    query = plane.service.read(wire, plane.slot(address), "udp")
    return query if isinstance(query, bytes) else plane.answer(query, address).wire


def check(plane: Plane, golden: Golden) -> None:
    """Play *golden* and compare every byte."""
    query = read_hex(golden.query)
    if golden.upstream:
        plane.exchange.sends(golden.name, golden.qtype, read_hex(golden.upstream))
    if golden.seconds:
        answer_over_udp(plane, query)
        plane.clock.move(golden.seconds)
    assert answer_over_udp(plane, query).hex(" ") == read_hex(golden.answer).hex(" ")
    asked = [each.question.name for each in plane.exchange.asked]
    assert asked == ([from_text(golden.name)] if golden.upstream else [])
