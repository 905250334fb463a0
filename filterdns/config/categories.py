"""Categories, built in and of the config, and the lists that feed them."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.catalog_source import CatalogSource
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.job import NOWHERE, STARTER, SourceSpec
from filterdns.config.model import CategorySection, Document
from filterdns.config.nearest import cure
from filterdns.config.places import Places, ValuePath
from filterdns.config.selections import read_names
from filterdns.config.units import quoted
from filterdns.config.vocabulary import Vocabulary
from filterdns.dns.names import to_text
from filterdns.errors import InvalidValue
from filterdns.policy.reason import title_in_sentence
from filterdns.policy.ruleset import Category

FILE: Final = "file:"
CATALOG: Final = "catalog:"
WEB: Final = ("https://", "http://")
MAX_URL_LENGTH: Final = 2000

_SHA256: Final = re.compile("[0-9a-fA-F]{64}")


def compile_categories(
    sections: Mapping[str, CategorySection], catalog: Catalog, words: Vocabulary
) -> dict[str, Category]:
    """Return all categories with the names and words of help that the config adds to them."""
    found = {}
    for name in sorted(words.categories):
        section, known = sections.get(name), catalog.categories.get(name)
        path = ("categories", name, "names")
        help_text = known.help if known and known.is_urgent else ""
        found[name] = Category(
            name,
            name in words.locked_categories,
            tuple(read_names(section.names, path, words.problems)) if section else (),
            title_in_sentence(known.title) if known else "",
            (section and section.help) or help_text,
        )
    return found


def compile_sources(
    sections: Mapping[str, CategorySection], catalog: Catalog, folder: Path, words: Vocabulary
) -> tuple[SourceSpec, ...]:
    """Return the lists to build the index from: the starters, then those of the config.

    Paths are relative to the file that names them, below *folder*. What is no source, or a file
    that is missing, becomes a problem.
    """
    found: dict[SourceSpec, None] = {}
    for name, section in sections.items():
        for at, text in enumerate(section.sources):
            path = ("categories", name, "sources", at)
            try:
                spec = _spec(name, text, path, folder, catalog, words.places)
                if section.sealed:
                    spec = _sealed(spec, text)
                if spec in found:
                    raise InvalidValue(f"{quoted(text)} stands here twice", "remove one")
                found[spec] = None
            except InvalidValue as error:
                words.problems.reject(path, error)
    return (*starter_sources(catalog), *found)


def compile_guards(
    document: Document, essentials: Iterable[bytes], folder: Path, words: Vocabulary
) -> GuardSettings:
    """Return what the config tells the guards of the lists; paths as in `compile_sources`.

    *essentials* are all names that are kept open.
    """
    refresh = document.refresh
    found = {"popularity": "", "labelled": ""}
    for key, text in (("popularity", refresh.popularity), ("labelled", refresh.labelled)):
        path = ("refresh", key)
        try:
            if text is not None and not (key == "popularity" and text.startswith(WEB)):
                found[key] = str(list_file(text, path, folder, words.places))
        except InvalidValue as error:
            words.problems.reject(path, error)
    return GuardSettings(
        essentials=tuple(map(to_text, essentials)),
        locked=tuple(sorted(words.locked_categories)),
        **found,
    )


def starter_sources(catalog: Catalog) -> tuple[SourceSpec, ...]:
    """Return the lists that ship with the project."""
    return tuple(
        SourceSpec(category.id, STARTER, category.starter)
        for category in catalog.categories.values()
        if category.starter is not None
    )


def help_by_category(sections: Mapping[str, CategorySection], catalog: Catalog) -> dict[str, str]:
    """Return the words of help of each category that has some; those of the config win."""
    built_in = {each.id: each.help for each in catalog.categories.values() if each.help}
    return built_in | {name: section.help for name, section in sections.items() if section.help}


def web_list(text: str) -> tuple[str, str]:
    """Return the URL in *text*, and the checksum behind `#sha256=`, empty without one.

    Raises `InvalidValue`.
    """
    url, mark, digest = text.partition("#sha256=")
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or len(url) > MAX_URL_LENGTH:
        raise InvalidValue(f"{quoted(text)} is no URL of a list", "write https://HOST/PATH")
    if mark and not _SHA256.fullmatch(digest):
        raise InvalidValue(
            f"{quoted(text)}: what stands behind #sha256= is no checksum", "write 64 hex digits"
        )
    return url, digest.lower()


def list_file(text: str, path: ValuePath, folder: Path, places: Places) -> Path:
    """Return the file or directory that *text* names, as `file:PATH`. Raises `InvalidValue`."""
    if not text.startswith(FILE):
        raise InvalidValue(
            f"{quoted(text)} is no source", "write catalog:ID, https://… or file:PATH"
        )
    base = (folder / places.of_value(path).file).parent
    file = base / text.removeprefix(FILE)
    try:
        if file.is_file() or file.is_dir():
            return file
        what = "is no file" if file.exists() else "does not exist"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    raise InvalidValue(f"the list {quoted(text.removeprefix(FILE))} {what}", "check the path")


def _spec(
    category: str, text: str, path: ValuePath, folder: Path, catalog: Catalog, places: Places
) -> SourceSpec:
    if text.startswith(CATALOG):
        source = _of_catalog(text.removeprefix(CATALOG), catalog)
        return SourceSpec(category, text, NOWHERE, source.url, "", source.licence)
    if text.startswith(WEB):
        url, digest = web_list(text)
        return SourceSpec(category, text, NOWHERE, url, digest)
    return SourceSpec(category, text, list_file(text, path, folder, places))


def _sealed(spec: SourceSpec, text: str) -> SourceSpec:
    if text.startswith(CATALOG):
        raise InvalidValue(
            f"{quoted(text)} is no sealed list", "write https://… or file:PATH, or sealed: false"
        )
    return spec._replace(is_sealed=True)


def _of_catalog(word: str, catalog: Catalog) -> CatalogSource:
    """Return the public list that *word* names: a category stands for its first one."""
    by_id = {
        source.id: source for category in catalog.categories.values() for source in category.sources
    }
    category = catalog.categories.get(word)
    if category is not None and category.sources:
        return category.sources[0]
    if word in by_id:
        return by_id[word]
    if category is not None:
        raise InvalidValue(
            f"the catalogue has no public list of {quoted(word)}",
            "leave it out; what ships is in force all the same",
        )
    raise InvalidValue(
        f"{quoted(word)} is no list of the catalogue", cure(word, {*by_id, *catalog.categories})
    )
