"""The meter tells what lists block that they should not, and what they miss."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.build import SourceSpec, build_index
from filterdns.blocklists.guards.measured import Labelled
from filterdns.blocklists.guards.meter import measure
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.guards.yardsticks import read_yardsticks
from filterdns.blocklists.index import Index
from tests.support.few_names import names


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    path = tmp_path / "list"
    path.write_text("top.example\nbad.example\nmuseum.example\n")
    spec = SourceSpec("adult", "file:list", path)
    report = build_index([spec], tmp_path / "runs", tmp_path, patterns={})
    with closing(Index.open(report.index)) as index:
        yield index


def test_names_known_to_be_good_and_popular_ones_are_told(index: Index, tmp_path: Path) -> None:
    (tmp_path / "top").write_text("fine.example\nwww.top.example\nbad.example\n")
    canaries = names("museum.example school.example")
    found = measure(
        index, canaries, read_yardsticks(GuardSettings(popularity=str(tmp_path / "top")))
    )
    assert found.canaries == ("museum.example",)
    assert (found.popular, found.popular_blocked) == (3, {"adult": 2})
    assert found.worst == {"adult": ("www.top.example", "bad.example")}


def test_what_a_category_misses_is_told(index: Index, tmp_path: Path) -> None:
    text = "# ours\nadult\tbad.example\nadult\tmissed.example\n\ngambling\tbad.example\n"
    (tmp_path / "labelled").write_text(text)
    found = measure(index, (), read_yardsticks(GuardSettings(labelled=str(tmp_path / "labelled"))))
    assert found.labelled == {
        "adult": Labelled(2, 1, ("missed.example",)),
        "gambling": Labelled(1, 0, ("bad.example",)),
    }


def test_files_that_cannot_be_read_are_a_trouble_of_the_meter(index: Index, tmp_path: Path) -> None:
    gone = GuardSettings(popularity=str(tmp_path / "gone"), labelled=str(tmp_path / "gone too"))
    found = measure(index, (), read_yardsticks(gone))
    assert "gone: cannot be read" in found.trouble
    assert "gone too: cannot be read" in found.trouble
