"""Other people's lists, which are no part of the project: found beside it, or the test is skipped.

Where CI=true and the folder is there, a file that is missing from it fails the test.
"""

import lzma
import os
import re
from pathlib import Path

import pytest

LISTS = Path(__file__).parents[3] / "shared/data/lists"

USUAL_NAME = re.compile(r"[a-z][a-z0-9-]{2,40}\.(com|net|org|info|de|fr)")


def has_pack() -> bool:
    """Whether the lists are there at all."""
    return LISTS.is_dir()


def need_list(name: str) -> Path:
    """Return the compressed file of the list *name* (`gambling/ut1_gambling.domains`)."""
    path = LISTS / f"{name}.xz"
    if path.is_file():
        return path
    reason = f"needs the list {name} in {LISTS}"
    if has_pack() and os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def names_of(name: str, count: int) -> list[str]:
    """Return *count* plain two-label names of a list of names or hosts, spread over all of it."""
    with lzma.open(need_list(name), "rt", encoding="utf-8", errors="replace") as lines:
        last_words = (line.split()[-1] for line in lines if line.strip())
        found = [word for word in last_words if USUAL_NAME.fullmatch(word)]
    step = len(found) // count
    assert step, f"{name} has only {len(found)} usual names"
    return found[step // 2 :: step][:count]
