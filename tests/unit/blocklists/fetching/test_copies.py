"""Copies are there whole or not at all, named by their content."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.copies import (
    Copies,
    Copy,
    forget_all_but,
    remove_unused_texts,
)
from filterdns.errors import BlocklistError, FetchError
from tests.support.disks import full_disk
from tests.support.killing import killed_at_each_step

URL = "https://lists.example/a.txt"
OLD = b"old.example\n"
NEW = b"new.example\n"
WRONG = json.dumps({"url": URL, "next_try_at": "soon"})


def keep(copies: Copies, body: bytes, url: str = URL) -> Copy:
    with copies.incoming(url) as incoming:
        incoming.write(body[:5])
        incoming.write(body[5:])
    copy = Copy(url, incoming.text_name, incoming.sha256, incoming.size, etag='"1"')
    copies.write(copy)
    return copy


def test_a_copy_is_found_again_by_its_url(tmp_path: Path) -> None:
    copy = keep(Copies(tmp_path / "fetched"), OLD)
    copies = Copies(tmp_path / "fetched")
    assert copies.of(URL) == copy
    assert copies.of("https://lists.example/b.txt") == Copy("https://lists.example/b.txt")
    path = copies.path_of(copy)
    assert path is not None
    assert path.name == f"{hashlib.sha256(OLD).hexdigest()}.text"
    assert path.read_bytes() == OLD
    assert path.stat().st_mode & 0o777 == 0o640
    assert copies.is_intact(copy)


def test_a_text_that_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    with pytest.raises(FetchError), copies.incoming(URL) as incoming:
        incoming.write(OLD)
        raise FetchError("found a web page")
    assert not list(tmp_path.iterdir())


def test_the_same_text_again_keeps_its_time(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    path = copies.path_of(keep(copies, OLD))
    assert path is not None
    before = path.stat()
    keep(copies, OLD, "https://other.example/a.txt")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_a_damaged_text_is_noticed_and_replaced(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    copy = keep(copies, OLD)
    path = copies.path_of(copy)
    assert path is not None
    path.write_bytes(OLD[:-1])
    assert not copies.is_intact(copy)
    keep(copies, OLD)
    assert copies.is_intact(copy)
    path.unlink()
    assert not copies.is_intact(copy)


@pytest.mark.parametrize(
    "damage", ["", "[]", "{", '{"url": "x", "no": 1}', '{"url": "other"}', WRONG]
)
def test_a_damaged_record_counts_as_none(tmp_path: Path, damage: str) -> None:
    copies = Copies(tmp_path)
    keep(copies, OLD)
    [record] = tmp_path.glob("*.json")
    record.write_text(damage)
    assert copies.of(URL) == Copy(URL)


def test_a_record_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    copies = Copies(tmp_path / "fetched")
    copy = replace(keep(copies, OLD), file="../../etc/passwd")
    assert copies.path_of(copy) == tmp_path / "fetched" / "passwd"


def test_a_kill_at_any_moment_leaves_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    keep(copies, OLD)
    seen = set()
    for _ in killed_at_each_step(
        lambda: keep(copies, NEW), files=["copies.py", "durable.py", "contextlib.py"]
    ):
        copy = copies.of(URL)
        assert copies.is_intact(copy)
        seen.add(copy.sha256)
        for text in tmp_path.glob("*.text"):
            assert text.stem == hashlib.sha256(text.read_bytes()).hexdigest()
        copies.remove_leftovers()
        assert {path.suffix for path in tmp_path.iterdir()} == {".text", ".json"}
        keep(copies, OLD)
        remove_unused_texts(tmp_path)
    assert seen == {hashlib.sha256(body).hexdigest() for body in (OLD, NEW)}


def test_texts_that_nobody_has_are_removed(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    old, new = (copies.path_of(keep(copies, body)) for body in (OLD, NEW))
    other = copies.path_of(keep(copies, b"other", "https://other.example/"))
    assert old is not None
    assert remove_unused_texts(tmp_path, keep=[old]) == ()
    assert remove_unused_texts(tmp_path) == (old,)
    assert set(tmp_path.glob("*.text")) == {new, other}


def test_a_url_that_is_forgotten_has_no_text(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    copy = keep(copies, OLD)
    keep(copies, NEW, "https://other.example/")
    forget_all_but(tmp_path, [URL])
    assert copies.of(URL) == copy
    assert remove_unused_texts(tmp_path) == (tmp_path / f"{hashlib.sha256(NEW).hexdigest()}.text",)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with full_disk(tmp_path / "disk") as disk:
        copies = Copies(disk / "fetched")
        with pytest.raises(BlocklistError, match="cannot be written: No space left on device"):
            copies.write(Copy(URL))


def test_a_record_is_plain_json(tmp_path: Path) -> None:
    keep(Copies(tmp_path), OLD)
    [record] = tmp_path.glob("*.json")
    assert json.loads(record.read_text())["size"] == len(OLD)


def test_a_text_that_was_taken_is_not_missed(tmp_path: Path) -> None:
    copies = Copies(tmp_path)
    copy = keep(copies, OLD)
    copies.take(URL, is_armed=True)
    assert not copies.of(URL).is_taken  # the text is there still
    (copies.path_of(copy) or pytest.fail("no text")).unlink()
    assert not copies.is_intact(copies.of(URL))
    copies.take(URL, is_armed=True)
    assert copies.is_intact(copies.of(URL))
    copies.take(URL, is_armed=False)
    assert not copies.is_intact(copies.of(URL))
    copies.take("https://lists.example/never", is_armed=True)
    assert copies.of("https://lists.example/never") == Copy("https://lists.example/never")
