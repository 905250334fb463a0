"""The file of reviews is there whole, or somebody hears of it."""

from pathlib import Path

import pytest

from filterdns.blocklists.guards.review_file import FILE, load_reviews, save_reviews
from filterdns.blocklists.guards.reviews import Decisions, Reviews, SourceKey
from filterdns.errors import BlocklistError

REVIEWS = Reviews({SourceKey("adult", "file:x"): Decisions(held=frozenset({"a.example"}))})


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save_reviews(tmp_path, REVIEWS)
    assert load_reviews(tmp_path) == REVIEWS


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert load_reviews(tmp_path) == Reviews()


@pytest.mark.parametrize("text", ["", "{", "{}", '[{"category": 1}]', "\udcff"])
def test_a_damaged_file_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, errors="surrogateescape")
    with pytest.raises(BlocklistError):
        load_reviews(tmp_path)
