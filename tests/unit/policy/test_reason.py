"""The words that a child reads."""

import pytest

from filterdns.policy.reason import (
    MAX_REASON_BYTES,
    NAME_WORDS,
    PENDING_WORDS,
    allow_only_words,
    blocked_words,
    bypass_words,
    closed_words,
    end_of,
    window_words,
)
from filterdns.policy.schedule import Stretch
from tests.support.households import BERLIN, moment


def stretch(since: str, until: str) -> Stretch:
    return Stretch(True, moment(since), moment(until))


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-03-05 20:30", "2026-03-06 06:30", " until 06:30"),
        ("2026-03-05 20:30", "2026-03-06 20:30", " until 20:30"),
        ("2026-03-06 20:30", "2026-03-09 06:30", " until Monday 06:30"),
        ("2026-03-06 20:30", "2026-03-13 06:30", ""),
    ],
)
def test_an_end_is_told_in_local_time_with_the_day_where_it_is_far(
    since: str, until: str, words: str
) -> None:
    assert end_of(stretch(since, until), BERLIN) == words


def test_an_end_is_told_in_the_persons_zone() -> None:
    assert end_of(stretch("2026-03-05 20:30", "2026-03-06 06:30"), "UTC") == " until 05:30"


def test_each_kind_of_block_has_its_words() -> None:
    assert closed_words("bedtime", " until 06:30") == "Bedtime until 06:30"
    assert allow_only_words("lessons", " until 12:15") == "Not on the list for lessons until 12:15"
    assert window_words("homework", " until 15:30", "games") == "Homework until 15:30: games"
    assert window_words("homework", " until 15:30", "") == "Homework until 15:30"
    assert blocked_words("gambling") == "Blocked: gambling"
    assert bypass_words("vpn") == "Blocked: VPN"
    assert bypass_words("doh") == "Blocked: another DNS service"
    assert bypass_words("proxy") == "Blocked: proxy"


@pytest.mark.parametrize("name", ["é" * 100, "s" * 200])
def test_long_names_are_cut_and_the_end_is_kept(name: str) -> None:
    for words in (
        closed_words(name, " until 06:30"),
        allow_only_words(name, " until 06:30"),
        window_words(name, " until 06:30", "games"),
    ):
        assert len(words.encode()) <= MAX_REASON_BYTES
        assert " until 06:30" in words


@pytest.mark.parametrize(
    "words",
    [
        blocked_words("c" * 200),
        window_words("homework", " until 06:30", "é" * 200),
        NAME_WORDS,
        PENDING_WORDS,
    ],
)
def test_no_words_are_longer_than_a_small_answer_can_hold(words: str) -> None:
    assert len(words.encode()) <= MAX_REASON_BYTES
