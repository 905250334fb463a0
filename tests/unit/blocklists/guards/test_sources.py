"""Which updates of a list are taken: a row for each kind of accident, and for its neighbour."""

import pytest

from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.guards.sources import trouble_with
from filterdns.blocklists.parse_report import Skipped
from filterdns.blocklists.run import RunReport

SITES = [b"\x01%c\x00" % letter for letter in b"abcdef"]


def report(names: int, *, html: int = 0, addresses: int = 0) -> RunReport:
    skipped = {Reason.HTML: Skipped(html)} if html else {}
    return RunReport(names + html, 0, names, 0, 0, 0, addresses=addresses, skipped=skipped)


@pytest.mark.parametrize(
    ("new", "good", "words"),
    [
        (report(500), report(1000), ""),
        (report(499), report(1000), "it has shrunk from 1,000 entries to 499"),
        (report(10_000), report(1000), ""),
        (report(10_001), report(1000), "it has grown from 1,000 entries to 10,001"),
        (report(0), report(1000), "it has no entry any more; its last good copy has 1,000"),
        (report(0), report(1), "it has no entry any more; its last good copy has 1"),
        (report(1), report(49), ""),
        (report(500), report(49), ""),
        (report(24), report(50), "it has shrunk from 50 entries to 24"),
        (report(0), report(0), ""),
        (report(0), None, ""),
        (report(0, html=9), None, "9 of its 9 lines are those of a web page"),
        (report(4, html=5), report(4), "5 of its 9 lines are those of a web page"),
        (report(500, html=1), report(500), ""),
        (report(0, addresses=400), report(0, addresses=900), "it has shrunk from 900 entries"),
    ],
)
def test_an_update_is_compared_with_the_last_good_copy(
    new: RunReport, good: RunReport | None, words: str
) -> None:
    found = trouble_with(new, good)
    assert found.startswith(words)
    assert bool(found) is bool(words)


@pytest.mark.parametrize(("came", "is_taken"), [(2, True), (3, False)])
def test_three_good_sites_more_are_too_many(came: int, is_taken: bool) -> None:
    found = trouble_with(report(900), report(900), SITES[: 1 + came], SITES[:1])
    assert found == ("" if is_taken else "it closes 3 sites more that are known to be good")
