"""Whether what has come may be a list at all: no web page, no picture, nothing cut off.

A network that wants a login first answers everything with its page, and says 200. What a list says
is not read here; the build does that.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from filterdns.blocklists.fetching.xz_text import read_xz
from filterdns.blocklists.fetching.zip_text import read_zip
from filterdns.blocklists.source_text import read_text
from filterdns.errors import BlocklistError, FetchError

HEAD_BYTES: Final = 4096
_GZIP: Final = b"\x1f\x8b"
_XZ: Final = b"\xfd7zXZ\x00"
_ZIP: Final = b"PK\x03\x04"
_TAR: Final = (257, b"ustar")  # POSIX.1-1988: where the magic of a header block stands
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
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            _check_text(_unpacked(file, head, name, limit_bytes))
    except FetchError:
        raise
    except (BlocklistError, OSError) as error:
        raise FetchError(str(error)) from error


def _unpacked(file: BinaryIO, head: bytes, name: str, limit_bytes: int) -> Iterator[bytes]:
    if head.startswith(_GZIP):
        return read_text(file, Path(name), limit_bytes)
    if head.startswith(_XZ):
        return read_xz(file, name, limit_bytes)
    if head.startswith(_ZIP):
        return read_zip(file, name, limit_bytes)
    return iter((head,))


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
    at, magic = _TAR
    if b"\0" in head and not head.startswith(magic, at):
        return "binary data"
    return ""


def _no_list(found: str) -> FetchError:
    return FetchError(f"found {found}, expected a list")
