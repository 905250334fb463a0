r"""Single entries of peers' lists as names: exact ones, those that cover what lies below, regexes.

A regex is read only where it says no more than a name does: `(\.|^)example\.com$`.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final, NamedTuple

from filterdns.dns import names
from filterdns.errors import InvalidName


class Entry(NamedTuple):
    """A *name* (as text) that a peer blocks or allows at *place*.

    *is_exact*: there it does not cover what lies below. *is_important*: it wins over the others.
    """

    name: str
    is_exact: bool
    place: str
    is_important: bool = False


def read_name(text: str) -> str | None:
    """Return *text* as a name in canonical text, None where it is none, an address or the root."""
    try:
        name = names.from_text(text)
    except InvalidName:
        return None
    if name == names.ROOT or is_address(text):
        return None
    return names.to_text(name)


def read_regex(pattern: str, place: str) -> Entry | None:
    """Return the entry that says the same as the expression *pattern*, None if none does."""
    found = _COVERING.fullmatch(pattern) or _EXACT.fullmatch(pattern)
    if found is None:
        return None
    name = read_name(found["name"].replace("\\", ""))
    if name is None:
        return None
    return Entry(name, found.re is _EXACT, place)


def as_listed(name: str) -> str:
    """Return *name* as our lists write it: a single label has a final dot, categories have none."""
    return name if "." in name else f"{name}."


def above(name: str) -> Iterator[str]:
    """Yield *name* and every name above it, the longest first."""
    while name:
        yield name
        name = name.partition(".")[2]


def several(texts: list[str]) -> str:
    """Return *texts* in one line, those beyond the first few counted."""
    shown = ", ".join(texts[:MOST_SHOWN])
    more = len(texts) - MOST_SHOWN
    return f"{shown}, and {more:,} more" if more > 0 else shown


def is_address(text: str) -> bool:
    """Whether *text* is an IPv4 or IPv6 address."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


MOST_SHOWN: Final = 50

_NAME: Final = r"(?P<name>(?:[A-Za-z0-9_-]+\\\.)*[A-Za-z0-9_-]+)\$"
_COVERING: Final = re.compile(
    r"(?:\((?:\?:)?(?:\\\.\|\^|\^\|\\\.)\)|\^\((?:\?:)?\.[+*]\\\.\)\?)" + _NAME
)
_EXACT: Final = re.compile(r"\^" + _NAME)
