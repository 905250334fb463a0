"""Public lists come with address, format, licence, publisher and size, or the row is named."""

from pathlib import Path

import pytest

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.catalog_source import FORMATS, CatalogSource, read_sources
from filterdns.errors import BlocklistError

HEADER = "category\tid\tformat\tentries\tlicence\tpublisher\tnote\turl\n"
ROW = {
    "category": "ads",
    "id": "best",
    "format": "domains",
    "entries": "7",
    "licence": "MIT",
    "publisher": "somebody",
    "note": "",
    "url": "https://lists.example/best",
}


def table(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "sources.tsv"
    path.write_text(HEADER + "".join("\t".join(row.values()) + "\n" for row in rows))
    return path


def test_the_sources_of_a_category_keep_their_order(tmp_path: Path) -> None:
    other = {**ROW, "id": "second", "note": "smaller"}
    found = read_sources(table(tmp_path, ROW, other, {**ROW, "id": "x", "category": "scam"}))
    assert [source.id for source in found["ads"]] == ["best", "second"]
    assert found["ads"][0] == CatalogSource(
        "best", "https://lists.example/best", "domains", "MIT", "somebody", 7, ""
    )
    assert found["ads"][1].note == "smaller"
    assert found.keys() == {"ads", "scam"}


@pytest.mark.parametrize(
    ("slip", "problem"),
    [
        ({"licence": ""}, 'sources.tsv:3: found nothing under "licence", expected a text'),
        ({"url": "http://x.example/"}, 'sources.tsv:3: found "http://x.example/", expected an add'),
        ({"format": "zip"}, 'sources.tsv:3: found the format "zip", expected one of adblock, do'),
        ({"entries": "0"}, 'sources.tsv:3: found "0" entries, expected a number above 0'),
        ({"entries": "many"}, 'sources.tsv:3: found "many" entries'),
        ({"id": "best"}, 'sources.tsv:3: "best" stands twice'),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, slip: dict[str, str], problem: str) -> None:
    with pytest.raises(BlocklistError, match=problem):
        read_sources(table(tmp_path, ROW, {**ROW, "id": "second", **slip}))


def shipped() -> dict[str, tuple[CatalogSource, ...]]:
    return {each.id: each.sources for each in load_catalog().categories.values() if each.sources}


def test_each_address_stands_once() -> None:
    urls = [source.url for sources in shipped().values() for source in sources]
    assert len(set(urls)) == len(urls) >= 60


def test_what_ships_has_every_format_that_is_known() -> None:
    assert {source.format for sources in shipped().values() for source in sources} == FORMATS


@pytest.mark.parametrize(
    ("category", "best"),
    [
        ("adult", "ut1-adult"),
        ("gambling", "hagezi-gambling"),
        ("dating", "ut1-dating"),
        ("doh", "dibdot-doh"),
        ("vpn", "hagezi-bypass"),
        ("games", "ut1-games"),
    ],
)
def test_the_best_list_comes_first(category: str, best: str) -> None:
    assert shipped()[category][0].id == best


def test_a_list_that_is_known_to_be_bad_is_not_among_them() -> None:
    urls = {source.url for sources in shipped().values() for source in sources}
    assert "https://blocklistproject.github.io/Lists/torrent.txt" not in urls
