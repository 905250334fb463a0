from pathlib import Path

import pytest

from filterdns.blocklists.job import SourceSpec
from filterdns.cli.building import build_here, progress_bar, show_line
from filterdns.errors import StateError


def test_lists_are_built_in_a_folder_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("casino.example\n")
    sources = [SourceSpec("gambling", "file:list", tmp_path / "list")]
    report = build_here(sources, tmp_path / "new")
    assert report.names == 1
    assert report.index.parent == tmp_path / "new"


def test_a_folder_that_cannot_be_used_is_told_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"file/lists cannot be used: .*; name a folder .* --dir"):
        build_here([], tmp_path / "file" / "lists")


def test_the_bar_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as show:
        show("read", "gambling starter", 5, 10)
        show_line(show, {"step": "merge", "what": "x", "done": 1, "total": 2})
    assert capsys.readouterr() == ("", "")
