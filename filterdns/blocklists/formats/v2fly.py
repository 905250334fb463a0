"""Lines of v2fly's domain lists: `domain:x`, `full:x`, and words behind a name.

Attributes (`@ads`) and affiliations (`&name`) group names for routing and change nothing here.
"""

from typing import Final

from filterdns.blocklists.formats.item import Item, Reason
from filterdns.blocklists.formats.words import read_entry
from filterdns.blocklists.layout import Kind

_KINDS: Final = {"domain": Kind.BLOCK, "full": Kind.EXACT}
_REASONS: Final = {
    "keyword": Reason.PATTERN,
    "regexp": Reason.REGEX,
    "include": Reason.INCLUDE,
}


def read(line: str) -> list[Item] | None:
    """Return what *line* says, None where it is none of v2fly's."""
    kind, colon, _ = line.strip().partition(":")
    if colon and kind in _REASONS:
        return [_REASONS[kind]]
    words = line.partition("#")[0].split()
    if not words or not all(word.startswith(("@", "&")) for word in words[1:]):
        return None
    kind, colon, name = words[0].partition(":")
    if colon and kind in _KINDS:
        return [read_entry(name, _KINDS[kind])]
    return [read_entry(words[0])] if len(words) > 1 and not words[0].startswith("@") else None
