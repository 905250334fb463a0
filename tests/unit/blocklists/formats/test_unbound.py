"""What unbound's lines say of names."""

import pytest

from filterdns.blocklists.formats.item import Entry, Item, Reason
from filterdns.blocklists.formats.unbound import read
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text

X = from_text("x.example")


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ('local-zone: "x.example" always_null', [Entry(Kind.BLOCK, X)]),
        ('local-zone: "x.example." static', [Entry(Kind.BLOCK, X)]),
        ("local-zone: x.example refuse", [Entry(Kind.BLOCK, X)]),
        ('  local-zone:  "x.example"  redirect # why', [Entry(Kind.BLOCK, X)]),
        ('local-zone: "x.example" always_transparent', [Entry(Kind.EXCEPTION, X)]),
        ('local-zone: "x.example" unheard_of', [Reason.OTHER_FORMAT]),
        ('local-zone: "x..example" deny', [Reason.BAD_NAME]),
        ('local-data: "x.example A 0.0.0.0"'.lower(), [Entry(Kind.EXACT, X)]),
        ('local-data: "x.example. 60 in aaaa ::"', [Entry(Kind.EXACT, X)]),
        ('local-data: "x.example a 192.0.2.7"', [Reason.MAPPING]),
        ("local-data: 'x.example txt \"why\"'", [Reason.OTHER_FORMAT]),
        ('local-data-ptr: "192.0.2.7 x.example"', [Reason.OTHER_FORMAT]),
        ("server:", []),
    ],
)
def test_a_line_says_what_unbound_would_do(line: str, items: list[Item]) -> None:
    assert read(line) == items


@pytest.mark.parametrize("line", ["x.example", "server=/x/", ""])
def test_other_lines_are_left_to_others(line: str) -> None:
    assert read(line) is None
