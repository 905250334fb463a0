"""What goes up: rows and counts, plain values all of them."""

from filterdns.dns.names import from_text
from filterdns.policy.verdict import LIFELINE
from filterdns.resolver.record import Cause, Counters, Hit, row

NAME, LISTED = from_text("www.casino.example"), from_text("casino.example")
CAUSE = Cause("gambling", "A11", "gambling", len(LISTED))


def test_a_row_says_who_what_why_and_when() -> None:
    hit = Hit(1_772_000_000.75)
    hit.count, hit.last_seen = 3, 1_772_000_060.25
    assert row("lena", "tablet", NAME, CAUSE, hit) == (
        "lena", "tablet", "www.casino.example", "gambling", "A11", "gambling",
        1_772_000_000, 1_772_000_060, 3,
    )  # fmt: skip


def test_a_name_that_is_not_to_be_kept_is_empty() -> None:
    assert row("lena", "tablet", b"", CAUSE, Hit(0))[2] == ""


def test_bytes_that_would_mislead_a_reader_are_escaped() -> None:
    name = b"\x05a\n\x1bb.\x07example\x00"
    assert row("", "", name, CAUSE, Hit(0))[2] == r"a\010\027b\046.example"


def test_counts_add_up_and_begin_anew_when_they_are_taken() -> None:
    counters = Counters()
    queries = counters.of("queries")
    queries["udp", "memo"] += 64
    queries["udp", "memo"] += 1
    queries["tcp", "memo"] += 1
    assert sorted(counters.take()) == [
        ("queries", ("tcp", "memo"), 1),
        ("queries", ("udp", "memo"), 65),
    ]
    assert counters.take() == []
    queries["udp", "memo"] += 1
    assert counters.of("queries") is queries
    assert counters.take() == [("queries", ("udp", "memo"), 1)]


def test_a_cause_knows_the_entry_that_matched() -> None:
    assert CAUSE.listed(NAME) == LISTED
    assert Cause("", "A8", "bedtime", 0).listed(NAME) == b""


def test_a_lifeline_that_is_blocked_counts_as_any_other_name() -> None:
    assert Cause(LIFELINE, "A4", "given up", 0).labels == Cause("", "A10", "block: x", 0).labels
    assert CAUSE.labels == ("A11", "gambling")
