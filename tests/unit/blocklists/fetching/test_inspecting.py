"""What may be a list at all."""

import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.inspecting import check_is_list
from filterdns.errors import FetchError

LIST = b"# a list\nbad.example\n" * 500


def check(
    folder: Path, body: bytes, content_type: str = "text/plain", limit: int = 1 << 20
) -> None:
    path = folder / "body"
    path.write_bytes(body)
    check_is_list(path, "list.txt", content_type, limit)


def tar(body: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("domains")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return file.getvalue()


def zipped(body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.txt", body)
    return file.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        LIST,
        b"<b>bad.example\n",
        b"\xff\xfe",
        b"x" * 100_000,
        LIST + b"\0" * 100,
        gzip.compress(LIST),
        lzma.compress(LIST),
        zipped(LIST),
        gzip.compress(tar(LIST)),
        gzip.compress(LIST) * 2,
    ],
)
def test_what_may_be_a_list_passes(tmp_path: Path, body: bytes) -> None:
    check(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "found nothing"),
        (b"\xef\xbb\xbf\n <!DOCTYPE HTML><html>", "a web page"),
        (b"<HTML>", "a web page"),
        (b"<?xml version='1.0'?><html>", "a web page"),
        (b"GIF89a", "a picture"),
        (b"%PDF-1.4", "a PDF"),
        (b"SQLite format 3\0", "a database"),
        (b"\x7fELF", "a program"),
        (bytes(10), "binary data"),
        (LIST[:100] + b"\0" + LIST, "binary data"),
        (gzip.compress(b""), "found nothing"),
        (gzip.compress(b"<html>"), "a web page"),
        (zipped(b"<html>"), "a web page"),
        (gzip.compress(LIST)[:-9], "damaged"),
        (lzma.compress(LIST)[:-9], "damaged"),
        (zipped(LIST)[:-9], "damaged"),
        (zipped(LIST).replace(b"list.txt", b"test.txt", 1), "damaged"),
        (gzip.compress(bytes(2 << 20)), "binary data"),
        (gzip.compress(LIST * 200), "over the limit of 1048576 bytes"),
        (lzma.compress(LIST * 200), "over the limit"),
        (zipped(LIST * 200), "over the limit"),
    ],
)
def test_what_is_no_list_does_not_pass(tmp_path: Path, body: bytes, found: str) -> None:
    with pytest.raises(FetchError, match=found):
        check(tmp_path, body)


def test_a_web_page_is_one_if_the_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="found a web page, expected a list"):
        check(tmp_path, LIST, "Text/HTML; charset=utf-8")
