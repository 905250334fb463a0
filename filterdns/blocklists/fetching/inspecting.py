"""Whether what has come may be a list at all: no web page, no picture, nothing cut off.

A network that wants a login first answers everything with its page, and says 200. What a list says
is not read here; the build does that.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filterdns.blocklists.source_text import SourceText
from filterdns.errors import BlocklistError, FetchError

HEAD_BYTES: Final = 4096
_WEB_PAGE: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<?xml", b"<!--")
_WHAT_BY_MAGIC: Final = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"RIFF": "a picture",
    b"%PDF": "a PDF",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "bzip2 data",
    b"SQLite format 3": "a database",
}


def check_is_list(path: Path, name: str, content_type: str, limit_bytes: int) -> None:
    """Look at what has come, at *path*; *name* is for messages.

    Raises `FetchError` if it is no list, is damaged, or unpacks to over *limit_bytes*.
    """
    if content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        raise _no_list("a web page")
    try:
        for member in SourceText(path, limit_bytes, name).members():
            _check_text(member.blocks)
    except FetchError:
        raise
    except BlocklistError as error:
        raise FetchError(str(error)) from error


def _check_text(blocks: Iterator[bytes]) -> None:
    first = next(blocks, b"")
    found = _what_else(first[:HEAD_BYTES])
    if found:
        raise _no_list(found)
    for _ in blocks:  # to its end: what is cut off shows there
        pass


def _what_else(head: bytes) -> str:
    """Return what *head* begins instead of a list, or nothing."""
    if not head:
        return "nothing"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_WEB_PAGE):
        return "a web page"
    for magic, what in _WHAT_BY_MAGIC.items():
        if head.startswith(magic):
            return what
    return "binary data" if b"\0" in head else ""


def _no_list(found: str) -> FetchError:
    return FetchError(f"found {found}, expected a list")
