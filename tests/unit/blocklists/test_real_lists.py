"""The real lists of the pack: our reader, another tool chain and their manifest say the same."""

from typing import Final

import pytest

from filterdns.blocklists.run import RunReport
from tests.support.list_counts import PROGRAM_BY_FORMAT, count_list, missing_tools
from tests.support.list_table import PAGE, make_page
from tests.support.pack import LISTS
from tests.support.real_lists import RealList, real_lists, report_on

REAL_LISTS: Final = real_lists()

# Where the two counts differ: what, by how much ours is more than the other, and why.
DIFFERENCES: Final[dict[str, dict[str, tuple[int, str]]]] = {}

# Where the manifest counts other names than both.
MANIFEST_DIFFERENCES: Final[dict[str, tuple[int, str]]] = {
    "social/blp_tiktok.hosts.xz": (-4, "counts names below localdomain, which are a machine's own"),
}

needs_pack = pytest.mark.skipif(not REAL_LISTS, reason=f"needs the pack of real lists in {LISTS}")
needs_tools = pytest.mark.skipif(
    bool(missing_tools()), reason=f"needs {', '.join(missing_tools())}"
)
each_list = pytest.mark.parametrize("listed", REAL_LISTS, ids=lambda listed: listed.file)


def counts_of(report: RunReport) -> dict[str, int]:
    """The counts of *report* under the names that the other tool chain gives them."""
    kept = report.names + sum(report.others.values())
    entries = kept + report.twins + report.duplicates + report.lifted
    counts = {
        "lines": report.lines,
        "comment": report.comments,
        "address": report.addresses,
        "entries": entries,
        "kept": report.names,
        "twins": report.twins,
        "covered": report.covered,
        **{f"distinct_{kind}": count for kind, count in report.others.items()},
        **{f"skip_{why.name.lower()}": skips.count for why, skips in report.skipped.items()},
    }
    return {what: count for what, count in counts.items() if count}


def other_counts_of(listed: RealList) -> dict[str, int]:
    """What the other tool chain counts, without what follows from the rest."""
    counts = count_list(listed.path, listed.format_name)
    kinds = ("block", "exact", "exception", "exact_exception")
    counts["entries"] = sum(counts.pop(kind, 0) for kind in kinds)
    assert counts["kept"] + counts["twins"] == counts.pop("distinct_block", 0)
    return {what: count for what, count in counts.items() if count}


@needs_pack
@needs_tools
@each_list
def test_another_tool_chain_counts_the_same(listed: RealList) -> None:
    ours, others = counts_of(report_on(listed.path)), other_counts_of(listed)
    differing = {
        what: ours.get(what, 0) - others.get(what, 0)
        for what in ours.keys() | others.keys()
        if ours.get(what, 0) != others.get(what, 0)
    }
    explained = DIFFERENCES.get(listed.file, {})
    assert differing == {what: difference for what, (difference, _) in explained.items()}


@needs_pack
@each_list
def test_the_manifest_counts_the_same_names(listed: RealList) -> None:
    if listed.entries is None:
        pytest.skip("the manifest has no count of it")
    report = report_on(listed.path)
    difference, _ = MANIFEST_DIFFERENCES.get(listed.file, (0, ""))
    assert report.names + report.twins == listed.entries + difference


@needs_pack
@each_list
def test_every_line_is_accounted_for(listed: RealList) -> None:
    counts = counts_of(report_on(listed.path))
    skips = sum(count for what, count in counts.items() if what.startswith("skip_"))
    given = sum(counts.get(what, 0) for what in ("comment", "address", "entries"))
    # A hosts line may give several names.
    assert given + skips >= counts["lines"]


@needs_pack
def test_there_are_ninety_of_ten_formats_or_more() -> None:
    assert len(REAL_LISTS) == 90
    assert {listed.format_name for listed in REAL_LISTS} == PROGRAM_BY_FORMAT.keys()


def test_every_difference_has_its_reason_and_its_list() -> None:
    for file, by_count in DIFFERENCES.items():
        assert all(difference and why for difference, why in by_count.values())
        assert not REAL_LISTS or file in {listed.file for listed in REAL_LISTS}


@needs_pack
def test_the_page_shows_what_is_read() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page()
