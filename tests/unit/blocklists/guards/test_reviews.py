"""Decisions of adults, as plain values and back."""

from typing import Any

import pytest

from filterdns.blocklists.guards.reviews import Decisions, Reviews, SourceKey
from filterdns.errors import BlocklistError

KEY = SourceKey("adult", "file:x")
REVIEWS = Reviews(
    {
        KEY: Decisions(
            held=frozenset({"a.example"}),
            accepted=frozenset({"b.example"}),
            accepted_runs=frozenset({"1.run"}),
        ),
        SourceKey("games", "file:y"): Decisions(rejected=frozenset({"c.example"})),
    }
)


def test_what_is_written_is_read_again() -> None:
    assert Reviews.from_values(REVIEWS.to_values()) == REVIEWS


def test_a_list_without_decisions_is_not_written() -> None:
    assert Reviews({KEY: Decisions()}).to_values() == []


def test_a_list_that_nobody_decided_about_has_no_decisions() -> None:
    assert REVIEWS.of(SourceKey("adult", "other")) == Decisions()


@pytest.mark.parametrize("values", [[{}], [1], [{"category": "adult", "name": "x", "held": 1}]])
def test_other_values_are_refused(values: list[Any]) -> None:
    with pytest.raises(BlocklistError, match="the reviews cannot be read"):
        Reviews.from_values(values)
