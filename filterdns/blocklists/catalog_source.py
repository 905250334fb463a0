"""The public lists that the catalogue knows: where they are, whose they are, how large."""

from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.data_file import Entry, read_table

# `ut1` is an archive of folders, one a category, with a file `domains` in each.
FORMATS: Final = frozenset(("adblock", "domains", "hosts", "ut1"))


class CatalogSource(NamedTuple):
    """One public list.

    *entries* is about how many it had when it was last looked at. *note* says what to know before
    it is taken, or is empty. A *licence* that could not be found is `unknown`.
    """

    id: str
    url: str
    format: str
    licence: str
    publisher: str
    entries: int
    note: str


def read_sources(path: Path) -> dict[str, tuple[CatalogSource, ...]]:
    """Return the sources of each category in the table at *path*, the best first.

    Raises `BlocklistError` with file and line.
    """
    sources_by_category: dict[str, tuple[CatalogSource, ...]] = {}
    ids = set()
    for row in read_table(path):
        source = _source(row)
        if source.id in ids:
            raise row.error(f'"{source.id}" stands twice')
        ids.add(source.id)
        category = row.text("category")
        sources_by_category[category] = (*sources_by_category.get(category, ()), source)
    return sources_by_category


def _source(row: Entry) -> CatalogSource:
    for column in ("category", "id", "licence", "publisher"):
        if not row.text(column):
            raise row.error(f'found nothing under "{column}", expected a text')
    url, format_name, entries = row.text("url"), row.text("format"), row.text("entries")
    if not url.startswith("https://"):
        raise row.error(f'found "{url}", expected an address that begins with https://')
    if format_name not in FORMATS:
        expected = ", ".join(sorted(FORMATS))
        raise row.error(f'found the format "{format_name}", expected one of {expected}')
    if not (entries.isascii() and entries.isdigit() and int(entries)):
        raise row.error(f'found "{entries}" entries, expected a number above 0')
    return CatalogSource(
        row.text("id"),
        url,
        format_name,
        row.text("licence"),
        row.text("publisher"),
        int(entries),
        row.text("note"),
    )
