"""What ships is read, and a mistake in it is named with file and line."""

import shutil
from pathlib import Path

import pytest

from filterdns.blocklists.catalog import data_folder, load_catalog
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small catalogue that is right."""
    (tmp_path / "categories.yaml").write_text(
        "- {id: adult, title: Adult, description: Sites for adults, locked: true, starter: a.txt}\n"
        "- {id: ads, title: Ads, description: Advertising, locked: false, help: None needed}\n"
    )
    (tmp_path / "a.txt").write_text("bad.example\n")
    (tmp_path / "patterns.yaml").write_text("ads:\n- {optional: [], core: [ad-x], after: [s]}\n")
    (tmp_path / "services.yaml").write_text("- {id: tube, title: Tube, names: [tube.example]}\n")
    (tmp_path / "lifelines.tsv").write_text(
        "domain\tcountry\ttopic\tevidence\nh.example\tIE\th\t\n"
    )
    (tmp_path / "essentials.tsv").write_text("name\tkind\twhy\ntime.example\ttime\tclocks\n")
    return tmp_path


def test_everything_is_read(folder: Path) -> None:
    catalog = load_catalog(folder)
    adult, ads = catalog.categories["adult"], catalog.categories["ads"]
    assert (adult.title, adult.is_locked, adult.starter) == ("Adult", True, folder / "a.txt")
    assert (ads.is_locked, ads.starter, ads.help) == (False, None, "None needed")
    assert [pattern.core for pattern in ads.patterns] == [("ad-x",)]
    assert catalog.services["tube"].names == (from_text("tube.example"),)
    assert [line.name for line in catalog.lifelines] == [from_text("h.example")]
    assert [(one.name, one.kind) for one in catalog.essentials] == [
        (from_text("time.example"), "time")
    ]


def test_what_ships_is_right() -> None:
    catalog = load_catalog()
    locked = {category.id for category in catalog.categories.values() if category.is_locked}
    assert locked == {"adult", "gambling", "dating", "pro-anorexia", "self-harm"}
    assert len(catalog.services) >= 40
    assert catalog.lifelines
    assert catalog.essentials


def test_a_copy_of_what_ships_is_the_same_but_for_its_place(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data_folder(), copy)
    assert load_catalog(copy).services == load_catalog().services


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("categories.yaml", "- {id: x}", r"categories\.yaml:1: found no text under \"title\""),
        (
            "categories.yaml",
            "\n- {id: ads, title: X, description: X, starter: none.txt}",
            r'categories\.yaml:2: found no file "none\.txt"',
        ),
        ("categories.yaml", "[]", r"patterns\.yaml: found no category 'ads'"),
        (
            "categories.yaml",
            "- {id: ads, title: X, description: X}\n- {id: ads, title: X, description: X}",
            r"categories\.yaml:2: \"ads\" stands twice",
        ),
        (
            "services.yaml",
            "- {id: x, title: X, names: []}\n- {id: x, title: X, names: []}",
            r"services\.yaml:2: \"x\" stands twice",
        ),
        (
            "patterns.yaml",
            "ads:\n- {optional: [], core: [], after: []}",
            r"patterns\.yaml:2: found no core",
        ),
        (
            "patterns.yaml",
            "ads:\n- {optional: ['.*'], core: [x], after: []}",
            r"patterns\.yaml:2: found no core or an odd word",
        ),
        ("essentials.tsv", "name\tkind\twhy\n..\tx\tx", r"essentials\.tsv:2: "),
        ("lifelines.tsv", "name\nx.example", r'lifelines\.tsv:2: found no text under "domain"'),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    folder: Path, file: str, text: str, problem: str
) -> None:
    (folder / file).write_text(text)
    with pytest.raises(BlocklistError, match=problem):
        load_catalog(folder)
