"""What the writer of an unknown word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

LONGEST_LIST: Final = 12
MOST_COMPARED: Final = 1000  # beyond it, only words with the same first letter
LONGEST_WORD: Final = 60  # the search is quadratic in the length


def nearest_word(word: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *word* resembles most, empty where it resembles none."""
    if len(word) > LONGEST_WORD:
        return ""
    by_lower = {each.lower(): each for each in known}
    if len(by_lower) > MOST_COMPARED:
        by_lower = {each: by_lower[each] for each in by_lower if each[:1] == word[:1].lower()}
    near = get_close_matches(word.lower(), by_lower, 3, 0.5)
    return next((by_lower[each] for each in near if _may_be_meant(word.lower(), each)), "")


def _may_be_meant(word: str, near: str) -> bool:
    """Whether *near* is no mere accident: half of "porn" is in "weapons", too."""
    return abs(len(word) - len(near)) <= 2 or bool(get_close_matches(word, [near], 1, 0.6))


def cure(word: str, known: Iterable[str]) -> str:
    """Return the cure for an unknown *word*: the nearest known one, else all if they are few."""
    words = sorted(known)
    near = nearest_word(word, words)
    if near:
        return f'did you mean "{near}"?'
    if not words:
        return "none is defined"
    if len(words) > LONGEST_LIST:
        return "check the spelling"
    return f"known are: {', '.join(words)}"
