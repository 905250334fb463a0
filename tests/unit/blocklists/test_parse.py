"""Every line of a list is a comment, gives names, or is skipped with a reason."""

import csv
import lzma
from pathlib import Path

import pytest

from filterdns.blocklists.parse import (
    MAX_EXAMPLES,
    MAX_LINE_BYTES,
    ParseReport,
    Reason,
    parse,
)
from filterdns.dns.names import from_text, to_text

LISTS = Path(__file__).parents[4] / "shared/data/lists"
LOCALDOMAIN_NAMES = {"social/blp_tiktok.hosts.xz": 4}  # counted there, but names of a machine


def read(text: bytes, *, single_labels: bool = False) -> tuple[list[str], ParseReport]:
    report = ParseReport()
    batches = parse([text], report, single_labels=single_labels)
    return [to_text(name) for names in batches for name in names], report


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
        (f"{'a' * 63}.example", [f"{'a' * 63}.example"]),
        ("1.0.0.bad.example", ["1.0.0.bad.example"]),
    ],
)
def test_a_line_gives_its_names(line: str, names: list[str]) -> None:
    found, report = read(line.encode())
    assert found == names
    assert (report.lines, report.names, report.skipped) == (1, len(names), {})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("192.0.2.1", Reason.ADDRESS),
        ("2001:db8::1", Reason.ADDRESS),
        ("192.0.2.0/24", Reason.ADDRESS),
        ("fe80::1%lo0", Reason.ADDRESS),
        ("0.0.0.0", Reason.ADDRESS),
        ("0.0.0.0 192.0.2.1", Reason.ADDRESS),
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
        ("https://bad.example/", Reason.URL),
        ("bad.example/path", Reason.URL),
        ("bad.example:8080", Reason.URL),
        ("192.0.2.7 nas.example", Reason.MAPPING),
        ("||bad.example^", Reason.OTHER_FORMAT),
        ("||bad.example^$third-party", Reason.OTHER_FORMAT),
        ("@@||good.example^", Reason.OTHER_FORMAT),
        ("bad.example##.advert", Reason.OTHER_FORMAT),
        ("bad.example#@#.advert", Reason.OTHER_FORMAT),
        ("bad.example$important", Reason.OTHER_FORMAT),
        ("/bad[0-9]+/", Reason.OTHER_FORMAT),
        ("ads*.bad.example", Reason.OTHER_FORMAT),
        ("*bad.example", Reason.OTHER_FORMAT),
        ("address=/bad.example/#", Reason.OTHER_FORMAT),
        ("server=/bad.example/", Reason.OTHER_FORMAT),
        ('local-zone: "bad.example." always_null', Reason.OTHER_FORMAT),
        ("bad.example CNAME .", Reason.OTHER_FORMAT),
        ("full:bad.example", Reason.OTHER_FORMAT),
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
    names, report = read(b"0.0.0.0 a.example localhost b.example 192.0.2.1\n")
    assert names == ["a.example", "b.example"]
    assert report.skipped.keys() == {Reason.LOCAL_NAME, Reason.ADDRESS}


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
    report = ParseReport()
    names = [name for names in parse(blocks, report) for name in names]
    assert names == [from_text(name) for name in ("a.example", "b.example", "c.example")]
    assert report.skipped[Reason.TOO_LONG].count == 1
    assert report.lines == 5


def test_a_line_without_end_is_never_held_whole() -> None:
    report = ParseReport()
    for _ in parse((b"x" * (1 << 20) for _ in range(64)), report):
        assert report.lines <= 1
    assert report.skipped[Reason.TOO_LONG].count == 1


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
        report = ParseReport()
        names = set()
        with lzma.open(LISTS / row["file"]) as file:
            for batch in parse([file.read()], report):
                names.update(batch)
        local = LOCALDOMAIN_NAMES.get(row["file"], 0)
        assert (row["file"], len(names) + local) == (row["file"], int(row["entries"]))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented(reason: Reason) -> None:
    assert f"\n| {reason} |" in (Path(__file__).parents[3] / "docs/lists.md").read_text()
