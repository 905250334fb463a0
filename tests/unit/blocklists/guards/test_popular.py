"""Which popular names wait for a review."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from filterdns.blocklists.guards.popular import PopularGuard, read_popular
from filterdns.blocklists.guards.reviews import Decisions
from filterdns.dns.names import to_text
from tests.support.few_names import HASH, names, run_of

GUARD = PopularGuard(names("videos.example tinder.example cdn.example"), HASH)
NOBODY = Decisions()


def held(
    folder: Path,
    new: str,
    good: str | None,
    others: str = "",
    anchors: str = "",
    decisions: Decisions = NOBODY,
) -> list[str]:
    hits = GUARD.held(
        GUARD.claimed(run_of(folder, new)),
        None if good is None else run_of(folder, good),
        set(HASH(names(others))),
        names(anchors),
        decisions,
    )
    return sorted(to_text(hit.name) for hit in hits)


def test_a_popular_name_that_comes_new_waits(tmp_path: Path) -> None:
    assert held(tmp_path, "bad.example cdn.example", "bad.example") == ["cdn.example"]
    assert held(tmp_path, "bad.example full:cdn.example", "bad.example") == ["cdn.example"]


@pytest.mark.parametrize(
    "others",
    [
        {"good": None},  # nothing to compare with: the first copy is believed
        {"good": "cdn.example"},
        {"good": "bad.example", "others": "cdn.example"},
        {"good": "bad.example", "anchors": "cdn.example"},
        {"good": "bad.example", "decisions": Decisions(accepted=frozenset({"cdn.example"}))},
        {"good": "bad.example", "decisions": Decisions(rejected=frozenset({"cdn.example"}))},
    ],
)
def test_a_popular_name_that_somebody_vouched_for_does_not(
    tmp_path: Path, others: dict[str, Any]
) -> None:
    assert held(tmp_path, "bad.example cdn.example", **others) == []


def test_a_name_waits_until_it_is_decided(tmp_path: Path) -> None:
    waiting = Decisions(held=frozenset({"cdn.example"}))
    assert held(tmp_path, "cdn.example", "cdn.example", decisions=waiting) == ["cdn.example"]


def test_a_name_below_a_popular_one_does_not_wait(tmp_path: Path) -> None:
    assert held(tmp_path, "bad.example ads.cdn.example", "bad.example") == []


@pytest.mark.parametrize(
    "text", ["a.example\nb.example\nc.example\n", "1,a.example\r\n2,b.example"]
)
def test_popular_names_are_read_with_their_ranks_or_without(tmp_path: Path, text: str) -> None:
    path = tmp_path / "popular.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_popular(path, 2) == names("a.example b.example")
