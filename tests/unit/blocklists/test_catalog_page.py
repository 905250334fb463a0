"""docs/categories.md is what the catalogue says."""

from pathlib import Path

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.catalog_page import catalog_page

ROOT = Path(__file__).parents[3]


def test_the_page_is_in_step() -> None:
    assert (ROOT / "docs" / "categories.md").read_text() == catalog_page(load_catalog()), (
        "run: python -m filterdns.blocklists.catalog_page > docs/categories.md"
    )


def test_each_category_and_each_source_has_one_row() -> None:
    catalog = load_catalog()
    rows = [line for line in catalog_page(catalog).splitlines() if line.startswith("| `")]
    sources = [source for each in catalog.categories.values() for source in each.sources]
    assert len(rows) == len(catalog.categories) + len(sources)


def test_every_row_has_as_many_cells_as_its_header() -> None:
    cells = 0
    for line in catalog_page(load_catalog()).splitlines():
        if line.startswith("| category"):
            cells = line.count("|")
        if line.startswith("| `"):
            assert line.count("|") == cells, line
