"""Every line of a list is a comment, gives names, or is skipped with a reason."""

import csv
import lzma
from collections.abc import Iterable
from pathlib import Path

import pytest

from filterdns.blocklists.formats.item import MAX_LINE_BYTES, Reason
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.parse import Parsed, parse
from filterdns.blocklists.parse_report import MAX_EXAMPLES, ParseReport
from filterdns.blocklists.source_text import Member
from filterdns.dns.names import from_text, to_text

LISTS = Path(__file__).parents[4] / "shared/data/lists"
LOCALDOMAIN_NAMES = {"social/blp_tiktok.hosts.xz": 4}  # counted there, but names of a machine


def read(text: bytes, *, single_labels: bool = False) -> tuple[list[str], ParseReport]:
    found = everything([text], single_labels=single_labels)
    return [to_text(name) for name in found.names], found.report


def everything(blocks: Iterable[bytes], *, single_labels: bool = False) -> Parsed:
    """Return what all pieces of a text say together."""
    whole = Parsed([], [], [], ParseReport())
    for parsed in parse(Member("", iter(blocks)), single_labels=single_labels):
        whole.names.extend(parsed.names)
        whole.others.extend(parsed.others)
        whole.addresses.extend(parsed.addresses)
        whole.report.add(parsed.report)
    return whole


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("bad.example", ["bad.example"]),
        ("BAD.Example", ["bad.example"]),
        ("bad.example.", ["bad.example"]),
        ("  bad.example\t", ["bad.example"]),
        ("bad.example # why", ["bad.example"]),
        ("bad.example#why", ["bad.example"]),
        ("bad.example \t## why", ["bad.example"]),
        ("_dmarc.bad.example", ["_dmarc.bad.example"]),
        ("-bad-.example", ["-bad-.example"]),
        ("sportfogadás.example", ["xn--sportfogads-t7a.example"]),
        ("SPORTFOGADÁS.EXAMPLE", ["xn--sportfogads-t7a.example"]),
        ("*.bad.example", ["bad.example"]),
        (".bad.example", ["bad.example"]),
        ("0.0.0.0 bad.example", ["bad.example"]),
        ("0.0.0.0    bad.example", ["bad.example"]),
        ("0.0.0.0\tbad.example", ["bad.example"]),
        ("0 bad.example", ["bad.example"]),
        ("127.0.0.1 bad.example", ["bad.example"]),
        ("127.0.0.7 bad.example", ["bad.example"]),
        (":: bad.example", ["bad.example"]),
        ("::1 bad.example", ["bad.example"]),
        ("0.0.0.0 bad.example#why", ["bad.example"]),
        ("0.0.0.0 bad.example # why", ["bad.example"]),
        ("0.0.0.0 bad.example worse.example", ["bad.example", "worse.example"]),
        ("0.0.0.0 *.bad.example", ["bad.example"]),
        ("0.0.0.0 BAD.example.", ["bad.example"]),
        ("https://bad.example/", ["bad.example"]),
        ("bad.example/", ["bad.example"]),
        ("||bad.example^", ["bad.example"]),
        ("address=/bad.example/#", ["bad.example"]),
        (f"{'a' * 63}.example", [f"{'a' * 63}.example"]),
        ("1.0.0.bad.example", ["1.0.0.bad.example"]),
    ],
)
def test_a_line_gives_its_names(line: str, names: list[str]) -> None:
    found, report = read(line.encode())
    assert found == names
    assert (report.lines, report.entries, report.skipped) == (1, len(names), {})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("fe80::1%lo0", Reason.ADDRESS),
        ("0.0.0.0", Reason.ADDRESS),
        ("0.0.0.0 127.0.0.1", Reason.ADDRESS),
        ("127.0.0.1 localhost", Reason.LOCAL_NAME),
        ("127.0.0.1 localhost.localdomain", Reason.LOCAL_NAME),
        ("::1 ip6-loopback", Reason.LOCAL_NAME),
        ("0.0.0.0 broadcasthost", Reason.LOCAL_NAME),
        ("com", Reason.SINGLE_LABEL),
        ("*.zip", Reason.SINGLE_LABEL),
        ("0.0.0.0 com", Reason.SINGLE_LABEL),
        ("bad..example", Reason.BAD_NAME),
        ("..", Reason.BAD_NAME),
        ("bad.example..", Reason.BAD_NAME),
        ("bad!.example", Reason.BAD_NAME),
        ("bad.123", Reason.BAD_NAME),
        (f"{'a' * 64}.example", Reason.BAD_NAME),
        (".".join(["abcdefg"] * 32), Reason.BAD_NAME),
        ("bad\u2011name.example", Reason.BAD_NAME),
        ("bad.example/path", Reason.URL),
        ("bad.example:8080", Reason.URL),
        ("192.0.2.7 nas.example", Reason.MAPPING),
        ("bad.example CNAME .", Reason.OTHER_FORMAT),
        ("bad.example worse.example", Reason.OTHER_FORMAT),
        ("<!DOCTYPE html>", Reason.HTML),
        ("a" * (MAX_LINE_BYTES + 1), Reason.TOO_LONG),
    ],
)
def test_what_is_no_name_is_skipped_with_its_reason(line: str, reason: Reason) -> None:
    names, report = read(line.encode())
    assert names == []
    assert {why: skipped.count for why, skipped in report.skipped.items()} == {reason: 1}


@pytest.mark.parametrize(
    "line", ["", "   ", "# a", "#a", "! a", "; a", "// a", "[Adblock Plus 2.0]", "\u00a0# a"]
)
def test_comments_and_blank_lines_are_counted(line: str) -> None:
    names, report = read(line.encode() + b"\n")
    assert (names, report.lines, report.comments, report.skipped) == ([], 1, 1, {})


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_one(line_end: bytes) -> None:
    names, report = read(line_end.join([b"a.example", b"# why", b"b.example"]))
    assert (names, report.lines) == (["a.example", "b.example"], 3)


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read(b"\xef\xbb\xbfbad.example\n")[0] == ["bad.example"]


def test_a_hosts_line_keeps_its_good_names_and_reports_the_others() -> None:
    names, report = read(b"0.0.0.0 a.example localhost b.example c..example\n")
    assert names == ["a.example", "b.example"]
    assert report.skipped.keys() == {Reason.LOCAL_NAME, Reason.BAD_NAME}


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.1 # dns.example", "192.0.2.1/32"),
        ("0.0.0.0 192.0.2.1", "192.0.2.1/32"),
        ("||192.0.2.1^", "192.0.2.1/32"),
    ],
)
def test_an_address_is_kept_apart(line: str, address: str) -> None:
    found = everything([line.encode()])
    assert (found.addresses, found.names, found.report.skipped) == ([address], [], {})
    assert found.report.addresses == 1


def test_bytes_that_are_no_text_are_skipped() -> None:
    _, report = read(b"b\xe4d.example\n")
    assert report.skipped[Reason.BAD_NAME].examples == ["line 1: b\\xe4d.example"]


def test_a_list_that_we_trust_may_name_a_top_level_domain() -> None:
    assert read(b"xxx\nadult.example\n", single_labels=True)[0] == ["xxx", "adult.example"]


def test_the_first_examples_are_kept_with_their_lines() -> None:
    _, report = read(b"# head\n" + b"com\n" * 5)
    skipped = report.skipped[Reason.SINGLE_LABEL]
    assert skipped.count == 5
    assert skipped.examples == [f"line {number}: com" for number in range(2, 2 + MAX_EXAMPLES)]


def test_control_characters_in_an_example_are_escaped() -> None:
    _, report = read(b"\x1b[2Jbad.example\n")
    assert report.skipped[Reason.BAD_NAME].examples == ["line 1: \\x1b[2jbad.example"]


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 4096])
def test_names_do_not_depend_on_where_blocks_end(block_bytes: int) -> None:
    text = b"a.example\r\n" + b"x" * 10_000 + b"\r\n0.0.0.0 b.example\n\nc.example"
    blocks = [text[at : at + block_bytes] for at in range(0, len(text), block_bytes)]
    found = everything(blocks)
    names = ("a.example", "b.example", "c.example")
    assert found.names == [from_text(name) for name in names]
    assert found.report.skipped[Reason.TOO_LONG].count == 1
    assert found.report.lines == 5


def test_a_line_without_end_is_never_held_whole() -> None:
    blocks = (b"x" * (1 << 20) for _ in range(64))
    skipped = 0
    for parsed in parse(Member("", blocks)):
        assert parsed.report.lines <= 1
        skipped += sum(each.count for each in parsed.report.skipped.values())
    assert skipped == 1


def test_every_line_of_a_mixed_list_is_read_by_its_own_format() -> None:
    text = b"""||ads.example^
@@||good.ads.example^
address=/one.example/two.example/
local-zone: "three.example" always_null
full:four.example
0.0.0.0 five.example
"""
    found = everything([text])
    names = ("ads.example", "one.example", "two.example", "three.example", "five.example")
    assert found.names == [from_text(name) for name in names]
    others = [(entry.kind, entry.name) for entry in found.others]
    assert others == [
        (Kind.EXCEPTION, from_text("good.ads.example")),
        (Kind.EXACT, from_text("four.example")),
    ]


def test_a_zone_is_told_by_its_start_and_read_as_one_to_its_end() -> None:
    zone = b"$TTL 60\n@ SOA localhost. root.localhost. (1 2\n 3 4 5)\n NS localhost.\n"
    lines = b"".join(b"n%d.example CNAME .\n*.n%d.example CNAME .\n" % (n, n) for n in range(9))
    found = everything([zone, lines[:77], lines[77:]])
    assert found.report.skipped == {}
    assert sorted({entry.kind for entry in found.others}) == [Kind.EXACT, Kind.BELOW]
    assert len(found.others) == 18


def test_examples_of_an_archive_say_in_which_file_they_stand() -> None:
    [parsed] = parse(Member("adult/domains", iter([b"good.example\ncom\n"])))
    assert parsed.report.skipped[Reason.SINGLE_LABEL].examples == ["adult/domains line 2: com"]


@pytest.mark.skipif(not LISTS.is_dir(), reason="the pack of public lists is not there")
def test_real_lists_give_the_names_that_their_manifest_counts() -> None:
    with (LISTS / "manifest.tsv").open() as manifest:
        rows = [
            row
            for row in csv.DictReader(manifest, delimiter="\t")
            if row["format"] in ("hosts", "domains", "wildcard") and int(row["raw_bytes"]) < 10**6
        ]
    assert len(rows) > 40
    for row in rows:
        with lzma.open(LISTS / row["file"]) as file:
            names = set(everything([file.read()]).names)
        local = LOCALDOMAIN_NAMES.get(row["file"], 0)
        assert (row["file"], len(names) + local) == (row["file"], int(row["entries"]))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented(reason: Reason) -> None:
    assert f"\n| {reason} |" in (Path(__file__).parents[3] / "docs/lists.md").read_text()


def test_a_digest_is_not_shown_among_the_lines_that_give_nothing() -> None:
    digest = "0123456789abcdef" * 4
    _, report = read(f"{digest}\n".encode())
    (skipped,) = report.skipped.values()
    assert skipped.examples == ["line 1: (a digest)"]
