"""The text of a source: plain, gzip or xz by its content, within limits, or an error."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from filterdns.blocklists.source_text import read_text
from filterdns.errors import BlocklistError

TEXT = b"bad.example\n" * 1000


def text_of(path: Path, limit_bytes: int = 1 << 20) -> bytes:
    with path.open("rb") as file:
        return b"".join(read_text(file, path, limit_bytes))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_the_packing_is_seen_in_the_content(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(pack(TEXT))
    assert text_of(path) == TEXT


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.touch()
    assert text_of(path) == b""


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_a_text_over_the_limit_is_refused(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(pack(TEXT))
    with pytest.raises(BlocklistError, match=r"list\.txt: its text is over the limit of 999 bytes"):
        text_of(path, 999)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:20] + b"\0" * 99])
def test_damaged_compressed_data_is_refused(
    tmp_path: Path, pack: Callable[[bytes], bytes], damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(damage(pack(TEXT)))
    with pytest.raises(BlocklistError, match=r"list\.txt: the compressed data is damaged"):
        text_of(path)
