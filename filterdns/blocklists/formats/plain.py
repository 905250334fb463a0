"""Plain domains, wildcards, hosts files, URLs of whole hosts; a list may mix them."""

from typing import Final

from filterdns.blocklists.formats.item import Item, Reason
from filterdns.blocklists.formats.words import is_sink, read_address, read_entry

COMMENT_STARTS: Final = ("#", "!", ";", "//", "[")


def read(line: str) -> list[Item]:
    """Return what *line* says; every line that no other format knows comes here."""
    bare = line.strip()
    if not bare or bare.startswith(COMMENT_STARTS):
        return []
    if bare.startswith("<"):
        return [Reason.HTML]
    words = bare.partition("#")[0].split()
    if len(words) > 1 and is_sink(words[0]):
        return [read_entry(word) for word in words[1:]]
    if len(words) > 1:
        return [Reason.OTHER_FORMAT if read_address(words[0]) is None else Reason.MAPPING]
    return [read_entry(word) for word in words]
