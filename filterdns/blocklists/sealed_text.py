"""The text of a sealed list: one SHA-256 of a name a line, as 64 hex digits.

The name is lower case, as A-labels, without a final dot. What follows a `#` is a comment. Whatever
else stands there is counted, and never shown: it may be a name that somebody forgot to hash.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.source_text import SourceText
from filterdns.errors import BlocklistError

MAX_DIGESTS: Final = 2_000_000

_DIGEST: Final = re.compile(rb"[0-9a-fA-F]{64}")
_MAX_LINE_BYTES: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"


class SealedText(NamedTuple):
    """The digests of a list, and how many lines are none."""

    digests: list[bytes]
    unread: int


def read_sealed_text(path: Path) -> SealedText:
    """Return what the file at *path* holds, compressed or not.

    Raises `BlocklistError` where it cannot be read or is too long.
    """
    found: dict[bytes, None] = {}
    unread = 0
    for member in SourceText(path).members():
        for line in _lines(member.blocks):
            word = line.partition(b"#")[0].strip()
            if not word:
                continue
            if not _DIGEST.fullmatch(word):
                unread += 1
                continue
            found[bytes.fromhex(word.decode("ascii"))] = None
            if len(found) > MAX_DIGESTS:
                raise BlocklistError(f"{path}: it has over {MAX_DIGESTS:,} entries")
    return SealedText(list(found), unread)


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a text; of one that has no end, pieces, which are no digests."""
    rest = b""
    is_first = True
    for block in blocks:
        if is_first:
            block, is_first = block.removeprefix(_BOM), False
        *lines, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
        yield from lines
        if len(rest) > _MAX_LINE_BYTES:
            yield rest
            rest = b""
    yield rest
