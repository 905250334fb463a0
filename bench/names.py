"""The names that are asked: real ones where the lists are there, generated ones where not.

Other people's lists are no part of the project. They are looked for in `../shared/data/lists`
beside the checkout; where they are missing, and beyond what they hold, names are made up. Every
result says which of both it was measured with.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from filterdns.blocklists.parse import Parsed, parse
from filterdns.blocklists.source_text import SourceText
from filterdns.dns.names import from_text, suffixes, to_text

ROOT = Path(__file__).parent.parent
LISTS = ROOT.parent / "shared" / "data" / "lists"
STARTER = ROOT / "blocklists"
# One after the other, until there are enough.
BLOCKED_FOLDERS = ("adult", "gambling", "ads", "malware", "scam", "piracy", "drugs", "dating")

SYLLABLES = ("ba", "be", "bo", "da", "de", "fa", "ga", "ko", "la", "li", "ma", "no", "pa", "ri")
ENDINGS = ("com", "com", "com", "net", "org", "de", "fr", "io", "co.uk")


class Names(NamedTuple):
    """Names as text, the most popular first, none of *popular* blocked; and where they are from."""

    popular: list[str]
    blocked: list[str]
    popular_origin: str
    blocked_origin: str


def load_names(popular_count: int, blocked_count: int) -> Names:
    """Return *popular_count* names to allow and *blocked_count* to block."""
    random = Random("names")
    blocked = _blocked(random, blocked_count)
    blocked_origin = _origin("public lists", len(blocked), blocked_count)
    blocked += _generated(random, blocked_count - len(blocked), "blocked")

    blocked_set = set(blocked)
    real_popular = [name for name in _ranked_names() if blocked_set.isdisjoint(suffixes(name))]
    popular = real_popular[:popular_count]
    popular_origin = _origin("a public popularity list", len(popular), popular_count)
    popular += _generated(random, popular_count - len(popular), "popular")
    return Names(
        [to_text(name) for name in popular],
        [to_text(name) for name in blocked],
        popular_origin,
        blocked_origin,
    )


def _blocked(random: Random, count: int) -> list[bytes]:
    """Return up to *count* real names, those of the starter list first."""
    found = dict.fromkeys(sorted(_real_names(STARTER, "adult*")))
    for folder in BLOCKED_FOLDERS:
        if len(found) >= count:
            break
        more = sorted(_real_names(LISTS / folder))
        random.shuffle(more)
        found.update(dict.fromkeys(more))
    return list(found)[:count]


def _real_names(folder: Path, pattern: str = "*") -> set[bytes]:
    """Return the names of all lists of *folder* whose format filterdns reads."""
    names: set[bytes] = set()
    for path in sorted(folder.glob(pattern)):
        if path.name.split(".")[1:2] not in (["domains"], ["hosts"], ["txt"]):
            continue
        for parsed in _parsed(path):
            names.update(parsed.names)
    return names


def _ranked_names() -> Iterator[bytes]:
    for path in sorted((LISTS / "popularity").glob("*.txt.xz")):
        for parsed in _parsed(path):
            yield from parsed.names


def _parsed(path: Path) -> Iterator[Parsed]:
    for member in SourceText(path).members():
        yield from parse(member)


def _generated(random: Random, count: int, kind: str) -> list[bytes]:
    names = (
        f"{''.join(random.choices(SYLLABLES, k=random.randint(2, 5)))}{number}.{kind}."
        f"{random.choice(ENDINGS)}"
        for number in range(count)
    )
    return [from_text(name) for name in names]


def _origin(what: str, real: int, wanted: int) -> str:
    if real >= wanted:
        return what
    return f"{what} ({real}) and generated ({wanted - real})" if real else "generated"
