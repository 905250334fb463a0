"""What the writer of an unknown word may have meant."""

import pytest

from filterdns.config.nearest import cure, nearest_word


@pytest.mark.parametrize(
    ("word", "near"),
    [("kid", "child"), ("Child", "child"), ("childs", "child"), ("zzz", ""), ("x" * 10_000, "")],
)
def test_the_nearest_word_is_found(word: str, near: str) -> None:
    assert nearest_word(word, ["child", "adults"]) == near


@pytest.mark.parametrize(("word", "known"), [("porn", "weapons"), ("Germany", "Iran")])
def test_letters_in_common_by_accident_are_no_nearness(word: str, known: str) -> None:
    assert nearest_word(word, [known]) == ""


def test_a_cure_names_the_nearest_word() -> None:
    assert cure("adlts", ["child", "adults"]) == 'did you mean "adults"?'


def test_a_cure_names_all_words_where_none_is_near() -> None:
    assert cure("zzz", ["child", "adults"]) == "known are: adults, child"


def test_a_cure_says_when_there_are_no_words() -> None:
    assert cure("zzz", []) == "none is defined"


def test_a_cure_names_no_more_words_than_anybody_reads() -> None:
    assert cure("zzz", [f"policy-{at}" for at in range(100)]) == "check the spelling"


def test_among_thousands_the_first_letter_has_to_be_right() -> None:
    people = [f"pupil-{at}" for at in range(5000)] + ["mia"]
    assert nearest_word("mai", people) == "mia"
    assert nearest_word("nia", people) == ""
