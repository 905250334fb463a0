import os
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.current import is_whole, name_current, open_current, open_whole
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.layout import read_header
from filterdns.errors import BlocklistError
from tests.support.killing import killed_at_each_step


def build(folder: Path, *names: str) -> Path:
    """Build an index of *names*; what is built later is newer."""
    (folder / "list").write_text("\n".join(names))
    spec = SourceSpec("adult", "file:list", folder / "list")
    path = build_index([spec], folder / "runs", folder, patterns={}).index
    moment = 1_000_000 + len(list(folder.glob("*.idx")))
    os.utime(path, (moment, moment))
    return path


def current(folder: Path) -> Path | None:
    index = open_current(folder)
    if index is None:
        return None
    with closing(index):
        return index.path


def test_without_any_index_there_is_none(tmp_path: Path) -> None:
    assert current(tmp_path) is None


def test_the_index_that_is_named_is_the_one_whatever_the_clock_says(tmp_path: Path) -> None:
    older, newer = build(tmp_path, "a.example"), build(tmp_path, "b.example")
    name_current(tmp_path, older)
    assert current(tmp_path) == older
    name_current(tmp_path, newer)
    assert current(tmp_path) == newer


def test_where_none_is_named_it_is_the_newest(tmp_path: Path) -> None:
    build(tmp_path, "a.example")
    newer = build(tmp_path, "b.example")
    assert current(tmp_path) == newer


@pytest.mark.parametrize("content", ["", "\xff", "../elsewhere.idx", ".", "index-gone.idx"])
def test_a_name_that_is_none_is_passed_over(tmp_path: Path, content: str) -> None:
    only = build(tmp_path, "a.example")
    (tmp_path / "current").write_text(content, "latin-1")
    assert current(tmp_path) == only


def test_naming_the_same_again_writes_nothing(tmp_path: Path) -> None:
    path = build(tmp_path, "a.example")
    name_current(tmp_path, path)
    before = (tmp_path / "current").stat()
    name_current(tmp_path, path)
    assert (tmp_path / "current").stat().st_ino == before.st_ino


def parts_of(path: Path) -> dict[str, int]:
    """Return a byte within each part of the index at *path*."""
    data = path.read_bytes()
    parts = read_header(path, data, len(data)).parts
    return {
        "magic": 2,
        "header": 30,
        "buckets": parts.buckets + 1000,
        "middles": parts.middles + 5,
        "lows": parts.lows + 3,
        "sets": parts.sets + 1,
        "gate": parts.gate,
        "table": parts.table + 10,
        "end": parts.end - 1,
    }


PARTS = ["magic", "header", "buckets", "middles", "lows", "sets", "gate", "table", "end"]


@pytest.mark.parametrize("part", PARTS)
def test_an_index_with_a_flipped_bit_is_passed_over(tmp_path: Path, part: str) -> None:
    other = build(tmp_path, "a.example")
    path = build(tmp_path, "b.example", "c.example", "d.example")
    name_current(tmp_path, path)
    data = bytearray(path.read_bytes())
    data[parts_of(path)[part]] ^= 4
    path.write_bytes(data)
    with pytest.raises(BlocklistError, match=path.name):
        open_whole(path)
    assert (is_whole(other), is_whole(path)) == (True, False)
    assert current(tmp_path) == other


@pytest.mark.parametrize("part", PARTS)
def test_an_index_that_is_cut_off_is_passed_over(tmp_path: Path, part: str) -> None:
    other = build(tmp_path, "a.example")
    path = build(tmp_path, "b.example", "c.example", "d.example")
    name_current(tmp_path, path)
    path.write_bytes(path.read_bytes()[: parts_of(path)[part]])
    assert current(tmp_path) == other


def test_killed_at_any_moment_an_index_is_current(tmp_path: Path) -> None:
    old, new = build(tmp_path, "a.example"), build(tmp_path, "b.example")
    name_current(tmp_path, old)
    found = {current(tmp_path) for _ in killed_at_each_step(lambda: name_current(tmp_path, new), 3)}
    assert found == {old, new}


def test_a_build_that_is_killed_at_any_moment_leaves_the_index_before_it(tmp_path: Path) -> None:
    old = build(tmp_path, "a.example")
    name_current(tmp_path, old)
    build_new = partial(build, tmp_path, "b.example", "c.example")
    steps = 0
    for _ in killed_at_each_step(build_new, 5, ("durable.py", "last_good.py", "run.py")):
        assert current(tmp_path) == old
        steps += 1
    assert steps > 10
    with closing(Index.open(build(tmp_path, "b.example", "c.example"))) as index:
        index.verify()
        assert index.names == 2
