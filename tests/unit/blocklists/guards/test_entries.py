"""Entries that would close what has to stay open are found, and their neighbours are not."""

from pathlib import Path

import pytest

from filterdns.blocklists.guards.entries import (
    FEW_NAMES,
    EntryGuard,
    Kept,
    KnownNames,
    Why,
    canary_hits,
)
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text, to_text
from tests.support.few_names import HASH, names, run_of

GUARD = EntryGuard(
    Kept(names("help.charity.example"), names("time.example"), names("museum.example")),
    names("com example suffix.test"),
    HASH,
)


def found(folder: Path, text: str, pinned: str = "") -> dict[str, Why]:
    hits = GUARD.found(run_of(folder, text), pinned=names(pinned))
    return {to_text(hit.name): why for hit, why in hits.items()}


@pytest.mark.parametrize(
    ("entry", "name", "why"),
    [
        ("help.charity.example", "help.charity.example", Why.LIFELINE),
        ("charity.example", "charity.example", Why.LIFELINE),
        ("example", "example", Why.LIFELINE),  # a suffix as well: the weightier reason is told
        ("full:help.charity.example", "help.charity.example", Why.LIFELINE),
        ("time.example", "time.example", Why.ESSENTIAL),
        ("museum.example", "museum.example", Why.CANARY),
        ("suffix.test", "suffix.test", Why.SUFFIX),
        ("com", "com", Why.SUFFIX),
    ],
)
def test_what_covers_something_kept_is_found(
    tmp_path: Path, entry: str, name: str, why: Why
) -> None:
    assert found(tmp_path, f"bad.test {entry}") == {name: why}


@pytest.mark.parametrize(
    "entry",
    [
        "statistics.help.charity.example",  # below: row A4 opens it all the same
        "other.charity.example",
        "full:charity.example",
        "shop.suffix.test",
        "@@||charity.example^",
    ],
)
def test_what_covers_nothing_kept_counts(tmp_path: Path, entry: str) -> None:
    assert found(tmp_path, entry) == {}


def test_a_pinned_suffix_counts_and_a_pinned_lifeline_does_not(tmp_path: Path) -> None:
    text = "suffix.test charity.example"
    assert found(tmp_path, text, pinned=text) == {"charity.example": Why.LIFELINE}


def test_blocks_for_some_types_of_question_are_found_too(tmp_path: Path) -> None:
    run = run_of(tmp_path, "||charity.example^$dnstype=a ||bad.test^$dnstype=a")
    assert GUARD.qualified(run) == {from_text("charity.example"): Why.LIFELINE}


def test_suffixes_are_no_canaries(tmp_path: Path) -> None:
    hits = GUARD.found(run_of(tmp_path, "suffix.test museum.example"))
    assert canary_hits(hits) == {from_text("museum.example")}


def test_known_names_are_found_in_long_runs_as_in_short_ones(tmp_path: Path) -> None:
    texts = [f"n{number}.example" for number in range(FEW_NAMES + 10)]
    known = KnownNames(names("n1.example n50001.example gone.example"), HASH)
    hits = known.hits(run_of(tmp_path, " ".join(texts)), [Kind.BLOCK])
    assert {to_text(hit.name) for hit in hits} == {"n1.example", "n50001.example"}
