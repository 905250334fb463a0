"""Each line of nasty_lines.txt gives what stands beside it, and nasty_zone_lines.txt in a zone."""

from itertools import chain
from typing import Final

import pytest
from dnslib import QTYPE

from filterdns.blocklists.formats.item import MAX_LINE_BYTES, Entry, Reason
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.parse import parse_piece, pieces
from filterdns.blocklists.parse_report import ParseReport
from filterdns.blocklists.source_text import Member
from filterdns.dns.names import to_text
from tests.support.nasty_lines import NastyLine, read_fixture

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
ZONE_HEAD: Final = b"""\
$TTL 60
$ORIGIN rpz.example.
@ IN SOA localhost. root.localhost. (
    1     ; serial
    3600  ; refresh
    600 86400 60 )
@ IN NS localhost.
"""
LINES: Final = read_fixture("nasty_lines.txt")
ONE_LINERS: Final = [nasty for nasty in LINES if not set(nasty.line) & set(b"\r\n")]
ZONE_LINES: Final = read_fixture("nasty_zone_lines.txt")


def read(text: bytes) -> tuple[list[str], ParseReport]:
    """What *text* gives, in the words of the fixtures, sorted, and the report on it."""
    report = ParseReport()
    given: list[str] = []
    for piece in pieces(Member("", iter([text]))):
        names, others, addresses, found = parse_piece(piece)
        given += [f"block {to_text(name)}" for name in names]
        given += map(in_words, others)
        given += [f"address {address}" for address in addresses]
        report.add(found)
    given += ["comment"] * report.comments
    for reason, skipped in report.skipped.items():
        given += [f"skip {reason.name}"] * skipped.count
    return sorted(given), report


def in_words(entry: Entry) -> str:
    words = [entry.kind.name.lower().replace("_", "-"), to_text(entry.name)]
    if entry.options is not None:
        words += ["important"] * entry.options.is_important
        words += [f"but {to_text(name)}" for name in entry.options.spared]
        mark = "not-for" if entry.options.is_negated else "for"
        words += [f"{mark} {QTYPE[number]}" for number in entry.options.types]
        words[:0] = ["without"] * entry.options.is_bad
    return " ".join(words)


@pytest.mark.parametrize("nasty", LINES, ids=lambda nasty: nasty.place)
def test_a_line_gives_what_stands_beside_it(nasty: NastyLine) -> None:
    assert read(nasty.line)[0] == nasty.gives


@pytest.mark.parametrize("nasty", ZONE_LINES, ids=lambda nasty: nasty.place)
def test_a_line_of_a_zone_gives_what_stands_beside_it(nasty: NastyLine) -> None:
    of_head = ["comment"] * ZONE_HEAD.count(b"\n")
    assert read(ZONE_HEAD + nasty.line)[0] == sorted(of_head + nasty.gives)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_lines_do_not_change_what_others_give(line_end: bytes) -> None:
    # A mark of byte order is one at the start only.
    nasties = [nasty for nasty in ONE_LINERS if not nasty.line.startswith(BYTE_ORDER_MARK)]
    given, report = read(b"".join(nasty.line + line_end for nasty in nasties))
    assert given == sorted(chain.from_iterable(nasty.gives for nasty in nasties))
    assert report.lines == len(nasties)


def test_case_and_blanks_around_a_line_do_not_matter() -> None:
    for nasty in ONE_LINERS:
        if len(nasty.line) < MAX_LINE_BYTES - 3:
            mark = BYTE_ORDER_MARK if nasty.line.startswith(BYTE_ORDER_MARK) else b""
            line = mark + b" \t" + nasty.line.removeprefix(mark).upper() + b" "
            assert (nasty.place, read(line)[0]) == (nasty.place, nasty.gives)


def test_there_are_three_hundred_and_none_twice() -> None:
    lines = [nasty.line for nasty in LINES]
    assert len(lines) >= 300
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_among_them(kind: Kind) -> None:
    word = kind.name.lower().replace("_", "-")
    assert any(part.split()[0] == word for nasty in LINES + ZONE_LINES for part in nasty.gives)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_among_them(reason: Reason) -> None:
    assert sum(f"skip {reason.name}" in nasty.gives for nasty in LINES) >= 3
