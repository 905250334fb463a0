"""The text of a sealed list: digests, comments, and what is counted and never shown."""

import gzip
from pathlib import Path

import pytest

from filterdns.blocklists import sealed_text as module
from filterdns.blocklists.sealed_text import read_sealed_text
from filterdns.errors import BlocklistError
from tests.support.sealing import digest, numbered, sealed_text

ONE, TWO = digest("one.example"), digest("two.example")


@pytest.mark.parametrize(
    ("text", "digests", "unread"),
    [
        (f"{ONE.hex()}\n{TWO.hex()}\n", [ONE, TWO], 0),
        (f"{ONE.hex()}\n{ONE.hex()}\n", [ONE], 0),
        (ONE.hex().upper(), [ONE], 0),
        (f"# a list\n\n  {ONE.hex()}  # since May\r\n{TWO.hex()}\r\n", [ONE, TWO], 0),
        (f"\ufeff{ONE.hex()}\n", [ONE], 0),
        (f"{ONE.hex()}0\n{ONE.hex()[1:]}\n{TWO.hex()}\n", [TWO], 2),
        ("bad.example\n0.0.0.0 worse.example\n", [], 2),
        (f"{ONE.hex()} {TWO.hex()}\n", [], 1),
        ("g" * 64, [], 1),
        ("", [], 0),
    ],
)
def test_lines_are_digests_comments_or_unread(
    tmp_path: Path, text: str, digests: list[bytes], unread: int
) -> None:
    path = tmp_path / "list"
    path.write_bytes(text.encode())
    assert read_sealed_text(path) == (digests, unread)


def test_a_compressed_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.gz"
    names = numbered(20_000)  # more than one block
    path.write_bytes(gzip.compress(sealed_text(names).encode()))
    assert read_sealed_text(path).digests == [digest(name) for name in names]


def test_a_line_without_an_end_is_unread(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"a" * (3 << 20) + b"\n" + ONE.hex().encode())
    found = read_sealed_text(path)
    assert found.digests == [ONE]
    assert found.unread > 0


def test_too_long_a_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DIGESTS", 10)
    path = tmp_path / "list"
    path.write_text(sealed_text(numbered(11)))
    with pytest.raises(BlocklistError, match="over 10 entries"):
        read_sealed_text(path)


def test_a_missing_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(BlocklistError, match="cannot be read"):
        read_sealed_text(tmp_path / "none")
