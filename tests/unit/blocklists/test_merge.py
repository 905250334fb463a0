"""Runs, merged: every name once, with the set of all lists that claim it."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from filterdns.blocklists import merge
from filterdns.blocklists.index import Index
from filterdns.blocklists.layout import Claim, Kind, Source
from filterdns.blocklists.merge import write_index
from filterdns.blocklists.run import compile_run
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError

KEY = b"k" * 16


def merged(folder: Path, *texts: str) -> Path:
    target = folder / "index.idx"
    with ExitStack() as stack:
        lists = []
        for place, text in enumerate(texts):
            source = folder / f"list-{place}.txt"
            source.write_text(text.replace(" ", "\n"))
            run = stack.enter_context(closing(compile_run(source, folder / "runs", KEY)))
            lists.append((Source(f"list-{place}", "adult", run.report.names), run))
        write_index(target, lists, [], hash_key=KEY, content_key=b"c" * 16)
    return target


def claims_of(path: Path, text: str) -> list[tuple[Claim, ...]]:
    with closing(Index.open(path)) as index:
        return [index.sets[set_id] for _, set_id in index.claims(from_text(text))]


def test_a_name_of_several_lists_stands_once_with_all_of_them(tmp_path: Path) -> None:
    path = merged(tmp_path, "a.example b.example", "b.example c.example", "b.example")
    with closing(Index.open(path)) as index:
        assert index.names == 3
    block = Kind.BLOCK
    assert claims_of(path, "a.example") == [(Claim(0, block),)]
    assert claims_of(path, "b.example") == [(Claim(0, block), Claim(1, block), Claim(2, block))]
    assert claims_of(path, "c.example") == [(Claim(1, block),)]


def test_nothing_merged_is_an_index_without_names(tmp_path: Path) -> None:
    path = merged(tmp_path)
    with closing(Index.open(path)) as index:
        assert (index.names, index.sources, index.sets) == (0, (), ())
    assert claims_of(path, "a.example") == []


def test_too_many_combinations_of_lists_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "MAX_SETS", 2)
    with pytest.raises(BlocklistError, match="found over 2 combinations of lists"):
        merged(tmp_path, "a.example b.example", "b.example c.example")
    assert not (tmp_path / "index.idx").exists()


def test_progress_goes_up_to_its_total(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_index(
        tmp_path / "index.idx",
        [],
        [],
        hash_key=KEY,
        content_key=b"c" * 16,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert [done for done, _ in steps] == list(range(1, steps[-1][1] + 1))
