"""Categories, built in and of the config, and the lists that feed them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from filterdns.blocklists.build import STARTER
from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.job import SourceSpec
from filterdns.config.model import CategorySection
from filterdns.config.places import Places, ValuePath
from filterdns.config.selections import read_names
from filterdns.config.units import quoted
from filterdns.config.vocabulary import Vocabulary
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Category

FILE: Final = "file:"


def compile_categories(
    sections: Mapping[str, CategorySection], words: Vocabulary
) -> dict[str, Category]:
    """Return all categories with the names that the config adds to them."""
    return {
        name: Category(
            name,
            name in words.locked_categories,
            tuple(read_names(sections[name].names, ("categories", name, "names"), words.problems))
            if name in sections
            else (),
        )
        for name in sorted(words.categories)
    }


def compile_sources(
    sections: Mapping[str, CategorySection], catalog: Catalog, folder: Path, words: Vocabulary
) -> tuple[SourceSpec, ...]:
    """Return the lists to build the index from: the starters, then the files of the config.

    Paths are relative to the file that names them, below *folder*. A file that is missing becomes
    a problem.
    """
    files: dict[SourceSpec, None] = {}
    for name, section in sections.items():
        for at, text in enumerate(section.sources):
            path = ("categories", name, "sources", at)
            try:
                spec = SourceSpec(name, text, _list_file(text, path, folder, words.places))
                if spec in files:
                    raise InvalidValue(f"{quoted(text)} stands here twice", "remove one")
                files[spec] = None
            except InvalidValue as error:
                words.problems.reject(path, error)
    return (*starter_sources(catalog), *files)


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


def _list_file(text: str, path: ValuePath, folder: Path, places: Places) -> Path:
    if text.startswith(("catalog:", "http:", "https:")):
        raise InvalidValue(
            f"{quoted(text)}: fetching lists is not built yet in this version",
            "fetch the list yourself and write file:PATH",
        )
    if not text.startswith(FILE):
        raise InvalidValue(f"{quoted(text)} is no source", "write file:PATH")
    base = (folder / places.of_value(path).file).parent
    file = base / text.removeprefix(FILE)
    try:
        if file.is_file():
            return file
        what = "is no file" if file.exists() else "does not exist"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    raise InvalidValue(f"the list {quoted(text.removeprefix(FILE))} {what}", "check the path")
