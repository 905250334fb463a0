"""The text of a source: plain, packed, of several files, within limits, or an error."""

import gzip
import lzma
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from filterdns.blocklists.source_text import MAX_MEMBERS, SourceText
from filterdns.errors import BlocklistError

TEXT = b"bad.example\n" * 1000


def text_of(path: Path, limit_bytes: int = 1 << 20) -> bytes:
    return b"".join(texts_of(path, limit_bytes).values())


def texts_of(path: Path, limit_bytes: int = 1 << 20) -> dict[str, bytes]:
    members = SourceText(path, limit_bytes).members()
    return {member.name: b"".join(member.blocks) for member in members}


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
    with pytest.raises(BlocklistError, match=r"list\.txt: (its text is over|found 12000 bytes)"):
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


FILES = {
    "adult/domains": b"a.example\n",
    "adult/domains.1": b"b.example\n",
    "adult/urls": b"c.example/path\n",
    "adult/expressions": b"(bad|worse)\n",
    "adult/usage": b"black\n",
}
WANTED = {name: FILES[name] for name in ("adult/domains", "adult/domains.1", "adult/urls")}


def tarred(pack: Callable[[bytes], bytes] = bytes, files: dict[str, bytes] = FILES) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
        link = tarfile.TarInfo("adult/domains.2")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return pack(file.getvalue())


def zipped(files: dict[str, bytes] = FILES) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "packed", [tarred(), tarred(gzip.compress), tarred(lzma.compress), zipped()]
)
def test_of_an_archive_the_files_of_ut1_are_read(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "adult.tar.gz"
    path.write_bytes(packed)
    assert texts_of(path) == WANTED


def test_of_another_archive_every_file_is_read_packed_or_not(tmp_path: Path) -> None:
    path = tmp_path / "lists.zip"
    path.write_bytes(zipped({"one.txt": b"a.example\n", "two.gz": gzip.compress(b"b.example\n")}))
    assert texts_of(path) == {"one.txt": b"a.example\n", "two.gz": b"b.example\n"}


def test_a_directory_is_read_like_an_archive(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / Path(name).name).write_bytes(content)
    assert texts_of(tmp_path) == {Path(name).name: content for name, content in WANTED.items()}


def test_a_zip_whose_beginning_is_gone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.zip"
    whole = zipped()
    path.write_bytes(whole[:4] + whole[14:])
    with pytest.raises(BlocklistError, match=r"list\.zip: the compressed data is damaged"):
        texts_of(path)


@pytest.mark.parametrize("packed", [tarred(gzip.compress), tarred(lzma.compress), zipped()])
def test_a_broken_off_archive_is_refused(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "list.tar"
    path.write_bytes(packed[: len(packed) - len(packed) // 3])
    with pytest.raises(BlocklistError, match=r"list\.tar: the compressed data is damaged"):
        texts_of(path)


def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"one.txt": bytes(64 << 20)}))
    tracemalloc.start()
    try:
        with pytest.raises(BlocklistError, match="its text is over the limit of 1048576 bytes"):
            for member in SourceText(path, 1 << 20).members():
                for _ in member.blocks:
                    pass
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({f"{number}.txt": b"" for number in range(MAX_MEMBERS + 1)}))
    with pytest.raises(BlocklistError, match="found 10001 files, at most 10000 are read"):
        texts_of(path)


def test_lists_that_a_v2fly_list_includes_are_read_where_they_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "category-x").write_bytes(b"a.example\ninclude:more # why\ninclude:gone\n")
    (tmp_path / "more").write_bytes(b"b.example\ninclude:category-x\ninclude:some @ads\n")
    (tmp_path / "some").write_bytes(b"c.example\n")
    assert texts_of(tmp_path / "category-x") == {
        "category-x": b"a.example\n#include:more # why\ninclude:gone\n",
        "more": b"b.example\ninclude:category-x\ninclude:some @ads\n",
    }


def test_the_digest_changes_with_every_file(tmp_path: Path) -> None:
    (tmp_path / "category-x").write_bytes(b"include:more\n")
    (tmp_path / "more").write_bytes(b"b.example\n")
    before = SourceText(tmp_path / "category-x").digest(b"")
    assert SourceText(tmp_path / "category-x").digest(b"") == before
    (tmp_path / "more").write_bytes(b"c.example\n")
    assert SourceText(tmp_path / "category-x").digest(b"") != before
    assert SourceText(tmp_path / "category-x").digest(b"other") != before


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BlocklistError, match="found no regular file"):
        SourceText(tmp_path / "pipe")
