"""What lists are measured by is read; what cannot be read is told and leaves the rest."""

from pathlib import Path

import pytest

from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.guards.yardsticks import read_labelled, read_yardsticks
from filterdns.errors import BlocklistError
from tests.support.few_names import names


def test_a_ranking_that_cannot_be_read_leaves_the_labels(tmp_path: Path) -> None:
    (tmp_path / "labelled").write_text("adult\tbad.example\n")
    found = read_yardsticks(
        GuardSettings(popularity=str(tmp_path / "gone"), labelled=str(tmp_path / "labelled"))
    )
    assert not found.ranked
    assert found.labelled == {"adult": list(names("bad.example"))}
    assert "gone: cannot be read" in found.trouble


def test_why_a_ranking_was_not_fetched_is_told_beside_it(tmp_path: Path) -> None:
    (tmp_path / "top").write_text("1,fine.example\n2,good.example\n")
    found = read_yardsticks(
        GuardSettings(popularity=str(tmp_path / "top"), popularity_trouble="the server said 500")
    )
    assert list(found.ranked) == list(names("fine.example good.example"))
    assert found.trouble == "the server said 500"


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    (tmp_path / "labelled").write_text("adult\tbad.example\nadult bad.example\n")
    with pytest.raises(BlocklistError, match=r"labelled:2: .*; write CATEGORY<TAB>NAME"):
        read_labelled(tmp_path / "labelled")
