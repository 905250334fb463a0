"""What the writer of an unknown word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

LONGEST_LIST: Final = 12
LONGEST_WORD: Final = 60  # the search is quadratic in the length


def cure(word: str, known: Iterable[str]) -> str:
    """Return the cure for an unknown *word*: the nearest known one, else all if they are few."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(word.lower(), by_lower, 1, 0.5) if len(word) <= LONGEST_WORD else []
    if near:
        return f'did you mean "{by_lower[near[0]]}"?'
    if not by_lower:
        return "none is defined"
    if len(by_lower) > LONGEST_LIST:
        return "check the spelling"
    return f"known are: {', '.join(sorted(by_lower.values()))}"
