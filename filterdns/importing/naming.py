"""Names for what is imported: such as our config takes, and such as are still free."""

import re
from typing import Final
from urllib.parse import urlsplit

from filterdns.config.vocabulary import LONGEST_NAME


class Names:
    """Names that are taken; the next one like it gets a number."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)
        self._number_by_name: dict[str, int] = {}

    def free(self, wanted: str, joint: str = " ") -> str:
        """Take *wanted*, or what it is with the first free number behind *joint*, and return it."""
        number = self._number_by_name.get(wanted, 1)
        name = wanted
        while name in self._taken:
            number += 1
            name = f"{wanted}{joint}{number}"
        self._number_by_name[wanted] = number
        self._taken.add(name)
        return name


def clean_name(text: str, fallback: str) -> str:
    """Return *text* as a name that the config takes, *fallback* where nothing is left of it."""
    kept = re.sub(r"[^\w .'’+&()-]", " ", text)
    kept = " ".join(kept.split())[: LONGEST_NAME - _ROOM_FOR_A_NUMBER]
    return kept.lstrip("_ .'’+&()-").rstrip(" +&(-") or fallback


def clean_label(text: str, fallback: str) -> str:
    """Return *text* as the name of a device, which stands behind a slash elsewhere."""
    kept = "".join(each if each.isprintable() and each != "/" else " " for each in text)
    return " ".join(kept.split())[:LONGEST_NAME] or fallback


def make_slug(text: str) -> str:
    """Return the words of *text* as the id of a category, empty where it has none."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:_LONGEST_SLUG].strip("-")


def telling_words(location: str) -> str:
    """Return the words of a URL or path that tell which list it is."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return location
    words = [
        word
        for word in re.split(r"[/.]", parts.path)
        if word and word.lower() not in _GENERIC and not word.isdigit()
    ]
    return " ".join(words[:1] + words[1:][-1:]) or parts.netloc


_LONGEST_SLUG: Final = 40
_ROOM_FOR_A_NUMBER: Final = 6
_GENERIC: Final = frozenset(
    ("raw", "master", "main", "refs", "heads", "blob", "latest", "download", "lists", "list",
     "hosts", "txt", "domains", "filters", "assets")
)  # fmt: skip
