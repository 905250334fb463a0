"""Counts of the lines of a list add up, and examples stay few and printable."""

from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.parse_report import MAX_EXAMPLE_LENGTH, MAX_EXAMPLES, ParseReport, shown


def test_parts_add_up_and_the_first_examples_stay() -> None:
    whole, part = ParseReport(), ParseReport(lines=5, comments=1, entries=2, addresses=1)
    for number in range(5):
        part.skip(Reason.URL, f"line {number}", b"x", 2)
    whole.add(part)
    whole.add(part)
    assert (whole.lines, whole.comments, whole.entries, whole.addresses) == (10, 2, 4, 2)
    skipped = whole.skipped[Reason.URL]
    assert skipped.count == 10
    assert skipped.examples == ["line 0: x", "line 1: x", "line 0: x"]
    assert len(skipped.examples) == MAX_EXAMPLES


def test_what_is_shown_is_short_and_harmless() -> None:
    assert shown(b"\x1b[2J") == "\\x1b[2J"
    assert len(shown(b"x" * 500)) == MAX_EXAMPLE_LENGTH
