"""Zip archives are read within limits, their directory included."""

import io
import zipfile
import zlib

import pytest

from filterdns.blocklists.zip_text import open_zip

LIST = b"bad.example\n" * 1000


def archive(*texts: bytes, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writing:
        for number, text in enumerate(texts):
            writing.writestr(f"{number}.txt", text)
        writing.comment = comment
    return file.getvalue()


def read(body: bytes) -> bytes:
    with open_zip(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("comment", [b"", b"a comment", b"x" * 0xFFFF])
def test_all_texts_are_read(comment: bytes) -> None:
    assert read(archive(LIST, b"", b"more\n", comment=comment)) == LIST + b"more\n"


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
    with pytest.raises((zipfile.BadZipFile, zlib.error)):
        read(body)


def test_a_large_directory_is_not_read() -> None:
    with pytest.raises(zipfile.BadZipFile, match="too many files"):
        read(archive(*(b"" for _ in range(20_000))))


def test_an_archive_of_the_64_bit_kind_is_not_read() -> None:
    body = archive(LIST)
    end = body.rindex(b"PK\x05\x06")
    with pytest.raises(zipfile.BadZipFile, match="too many files"):
        read(body[:end] + b"PK\x06\x07" + bytes(16) + body[end:])
