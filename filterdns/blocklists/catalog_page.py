"""The page docs/categories.md, written from the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from filterdns.blocklists.ages import AGE_GROUPS
from filterdns.blocklists.catalog import Catalog, CatalogCategory, load_catalog
from filterdns.blocklists.catalog_source import CatalogSource
from filterdns.blocklists.formats.words import read_address

INTRODUCTION: Final = """\
# Categories

Written from the catalogue (`blocklists/catalog.yaml`, `blocklists/sources.tsv`) by
`python -m filterdns.blocklists.catalog_page`; do not edit it here.

The ages are what we propose, not what is in force: a policy blocks what you write into it.
[Presets](presets.md) are policies that follow them.
*restricted* is allowed with safe search, *timetable* at some hours only. A locked category is
opened name by name only. "Ours" is the number of names in the [starter list](starter-lists.md).
"""

SOURCES: Final = """\
## Public lists

Other people's work, under their licences; none ships with filterdns, and filterdns speaks for none.
The first of each category is what `catalog:CATEGORY` means. The number of entries is about what a
list had when it was last looked at. `unknown` is a licence that we have not found.
"""


def catalog_page(catalog: Catalog) -> str:
    """Return docs/categories.md as it has to be."""
    categories = list(catalog.categories.values())
    ages = [group.replace("-", " ") if group[0] == "u" else group for group in AGE_GROUPS]
    header = ("category", "what it is", *ages, "ours", "public lists")
    sources = [(each.id, source) for each in categories for source in each.sources]
    return "\n".join(
        (
            INTRODUCTION,
            *_table(header, map(_category_cells, categories)),
            "",
            SOURCES,
            *_table(
                ("category", "list", "by", "entries", "licence", "to know"),
                (_source_cells(category, source) for category, source in sources),
            ),
            "",
        )
    )


def _category_cells(category: CatalogCategory) -> Sequence[str]:
    locked = " Locked." if category.is_locked else ""
    return (
        f"`{category.id}`",
        f"**{category.title}**: {category.description}{locked}",
        *category.ages.values(),
        str(_name_count(category)) if category.starter else "",
        str(len(category.sources) or ""),
    )


def _name_count(category: CatalogCategory) -> int:
    text = category.starter.read_text(encoding="utf-8") if category.starter else ""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return sum(read_address(line) is None for line in lines)


def _source_cells(category: str, source: CatalogSource) -> Sequence[str]:
    link = f"[{source.id}]({source.url})"
    entries = f"{source.entries:,}"
    return (f"`{category}`", link, source.publisher, entries, source.licence, source.note)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(catalog_page(load_catalog()), end="")  # noqa: T201
