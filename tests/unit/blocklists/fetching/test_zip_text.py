"""Zip archives are read within limits, their directory included."""

import io
import zipfile

import pytest

from filterdns.blocklists.fetching.zip_text import read_zip
from filterdns.errors import FetchError

LIST = b"bad.example\n" * 1000


def archive(*texts: bytes, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writing:
        for number, text in enumerate(texts):
            writing.writestr(f"{number}.txt", text)
        writing.comment = comment
    return file.getvalue()


def read(body: bytes, limit_bytes: int = 1 << 20) -> bytes:
    return b"".join(read_zip(io.BytesIO(body), "list.zip", limit_bytes))


@pytest.mark.parametrize("comment", [b"", b"a comment", b"x" * 0xFFFF])
def test_all_texts_are_read(comment: bytes) -> None:
    assert read(archive(LIST, b"", b"more\n", comment=comment)) == LIST + b"more\n"


def test_the_limit_counts_all_texts() -> None:
    body = archive(LIST, LIST)
    assert len(read(body, 2 * len(LIST))) == 2 * len(LIST)
    with pytest.raises(FetchError, match=r"list\.zip: its text is over the limit of 23999 bytes"):
        read(body, 2 * len(LIST) - 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04",
        archive(LIST)[:-1],
        archive(LIST)[10:],
        archive(LIST).replace(b"0.txt", b"1.txt", 1),
        archive(LIST)[:40] + bytes(20) + archive(LIST)[60:],
    ],
)
def test_what_is_damaged_is_told(body: bytes) -> None:
    with pytest.raises(FetchError, match="the compressed data is damaged"):
        read(body)


def test_a_large_directory_is_not_read() -> None:
    with pytest.raises(FetchError, match="too many files"):
        read(archive(*(b"" for _ in range(20_000))))


def test_an_archive_of_the_64_bit_kind_is_not_read() -> None:
    body = archive(LIST)
    end = body.rindex(b"PK\x05\x06")
    with pytest.raises(FetchError, match="too many files"):
        read(body[:end] + b"PK\x06\x07" + bytes(16) + body[end:])
