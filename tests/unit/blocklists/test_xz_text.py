"""Data in xz is read within limits, the memory that it asks for included."""

import io
import lzma
import os
from zlib import crc32

import pytest

from filterdns.blocklists.xz_text import XzText

LIST = b"bad.example\n" * 1000
NOISE = os.urandom(300_000)


def read(body: bytes) -> bytes:
    text = XzText(io.BytesIO(body))
    found = b""
    while block := text.read(4096):
        assert len(block) <= 4096
        found += block
    return found


@pytest.mark.parametrize("text", [b"", LIST, NOISE, LIST * 500])
def test_the_text_is_read(text: bytes) -> None:
    assert read(lzma.compress(text)) == text
    assert read(lzma.compress(text, preset=9)) == text


@pytest.mark.parametrize("padding", [b"", bytes(4), bytes(200_000)])
def test_all_streams_are_read(padding: bytes) -> None:
    assert read(lzma.compress(LIST) + padding + lzma.compress(NOISE) + padding) == LIST + NOISE


@pytest.mark.parametrize(
    "body", [lzma.compress(LIST)[:-1], lzma.compress(NOISE)[:5000], lzma.compress(LIST) + b"more"]
)
def test_what_is_damaged_is_told(body: bytes) -> None:
    with pytest.raises((lzma.LZMAError, EOFError)):
        read(body)


def test_a_text_that_takes_too_much_memory_is_not_read() -> None:
    body = bytearray(lzma.compress(LIST, preset=9))
    # Block header: size, flags, filter id, size of its properties, dictionary size (section 5.3.1).
    at = len(b"\xfd7zXZ\x00") + 6
    length = (body[at] + 1) * 4
    assert bytes(body[at + 2 : at + 4]) == b"\x21\x01"
    body[at + 4] = 40  # 4 GiB - 1
    checksum = crc32(bytes(body[at : at + length - 4]))
    body[at + length - 4 : at + length] = checksum.to_bytes(4, "little")
    with pytest.raises(lzma.LZMAError, match="Memory usage limit"):
        read(bytes(body))
