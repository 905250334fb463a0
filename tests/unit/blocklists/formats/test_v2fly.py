"""What the lines of v2fly's domain lists say of names."""

import pytest

from filterdns.blocklists.formats.item import Entry, Item, Reason
from filterdns.blocklists.formats.v2fly import read
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text

X = from_text("x.example")


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ("domain:x.example", [Entry(Kind.BLOCK, X)]),
        ("domain:x.example @ads # why", [Entry(Kind.BLOCK, X)]),
        ("x.example @cn @!ads", [Entry(Kind.BLOCK, X)]),
        ("x.example &other @ads", [Entry(Kind.BLOCK, X)]),
        ("full:x.example", [Entry(Kind.EXACT, X)]),
        ("full:x.example @ads", [Entry(Kind.EXACT, X)]),
        ("full:x..example", [Reason.BAD_NAME]),
        ("keyword:bad", [Reason.PATTERN]),
        ("regexp:^bad[0-9]+\\.example$", [Reason.REGEX]),
        ("include:other", [Reason.INCLUDE]),
        ("include:other @ads", [Reason.INCLUDE]),
    ],
)
def test_a_line_says_what_v2fly_means(line: str, items: list[Item]) -> None:
    assert read(line) == items


@pytest.mark.parametrize("line", ["x.example", "0.0.0.0 x.example", "@ads @cn", ""])
def test_other_lines_are_left_to_others(line: str) -> None:
    assert read(line) is None
