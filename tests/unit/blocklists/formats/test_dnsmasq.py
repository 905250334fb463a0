"""What dnsmasq's lines say of names."""

import pytest

from filterdns.blocklists.formats.dnsmasq import read
from filterdns.blocklists.formats.item import Entry, Item, Reason
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text

BLOCK = Entry(Kind.BLOCK, from_text("x.example"))


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ("address=/x.example/", [BLOCK]),
        ("address=/x.example/#", [BLOCK]),
        ("address=/x.example/0.0.0.0", [BLOCK]),
        ("address=/x.example/::", [BLOCK]),
        ("address=/x.example/127.0.0.1 # why", [BLOCK]),
        ("--address=/x.example/", [BLOCK]),
        ("local=/x.example/", [BLOCK]),
        ("server=/x.example/", [BLOCK]),
        ("address=/.x.example/", [BLOCK]),
        ("address=/x.example/y.example/", [BLOCK, Entry(Kind.BLOCK, from_text("y.example"))]),
        ("server=/x.example/#", [Entry(Kind.EXCEPTION, from_text("x.example"))]),
        ("address=/x.example/192.0.2.7", [Reason.MAPPING]),
        ("server=/x.example/9.9.9.9", [Reason.MAPPING]),
        ("address=/*x.example/", [Reason.PATTERN]),
        ("address=/x..example/", [Reason.BAD_NAME]),
        ("server=9.9.9.9", [Reason.OTHER_FORMAT]),
        ("address=/x.example", [Reason.OTHER_FORMAT]),
        ("cname=x.example,y.example", [Reason.OTHER_FORMAT]),
    ],
)
def test_a_line_says_what_dnsmasq_would_do(line: str, items: list[Item]) -> None:
    assert read(line) == items


@pytest.mark.parametrize("line", ["x.example", "server: x", "# address=/x/", ""])
def test_other_lines_are_left_to_others(line: str) -> None:
    assert read(line) is None
