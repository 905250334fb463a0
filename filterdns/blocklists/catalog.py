"""What ships with the project: categories, services, engines, lifelines, essentials, canaries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from filterdns.blocklists.ages import AgeDefault, read_ages
from filterdns.blocklists.catalog_source import CatalogSource, read_sources
from filterdns.blocklists.data_file import Entry, read_list, read_lists, read_names, read_table
from filterdns.blocklists.engines import CatalogEngine, read_engines
from filterdns.blocklists.pattern import LabelPattern
from filterdns.errors import BlocklistError


@dataclass(frozen=True, slots=True)
class CatalogCategory:
    """A built-in category.

    *is_locked*: only an allow of the very name lifts it (row A10). *help* is for the child who
    meets the block, or empty; *is_urgent*: the answer itself tells it. *starter* is its list, None
    where none ships. *ages* has what is proposed for each age group. *sources* are public lists,
    and `catalog:<id>` means the first. *anchors* are its best-known names: however popular one is,
    a list that has it is right. *suffixes* are public suffixes that its lists may block whole.
    """

    id: str
    title: str
    description: str
    is_locked: bool = False
    help: str = ""
    is_urgent: bool = False
    starter: Path | None = None
    patterns: tuple[LabelPattern, ...] = ()
    ages: Mapping[str, AgeDefault] = field(default_factory=dict)
    sources: tuple[CatalogSource, ...] = ()
    anchors: tuple[bytes, ...] = ()
    suffixes: tuple[bytes, ...] = ()


class CatalogService(NamedTuple):
    """A product under its own name. Each of *names* (canonical) covers what lies below it."""

    id: str
    title: str
    names: tuple[bytes, ...]


class Lifeline(NamedTuple):
    """A help line (row A4), or what the chat or telephone of one runs on.

    *evidence* says how sure the project is of the name.
    """

    name: bytes
    country: str
    topic: str
    evidence: str


class Essential(NamedTuple):
    """A name that devices need to work and to stay safe (row A4), its kind, and why."""

    name: bytes
    kind: str
    why: str


class PrivateAnswer(NamedTuple):
    """A name that leads into somebody's own network on purpose, and why."""

    name: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that ships, by id; lifelines, essentials and private answers cover what is below.

    *canaries* are names that no list covers which means well.
    """

    categories: Mapping[str, CatalogCategory] = field(default_factory=dict)
    services: Mapping[str, CatalogService] = field(default_factory=dict)
    lifelines: tuple[Lifeline, ...] = ()
    essentials: tuple[Essential, ...] = ()
    canaries: tuple[bytes, ...] = ()
    private_answers: tuple[PrivateAnswer, ...] = ()
    engines: Mapping[str, CatalogEngine] = field(default_factory=dict)


def data_folder() -> Path:
    """Return the folder of what ships: inside an installed package, or beside it in a checkout."""
    here = Path(__file__).resolve()
    installed = here.parent / "data"
    return installed if installed.is_dir() else here.parents[2] / "blocklists"


def load_catalog(folder: Path | None = None) -> Catalog:
    """Read the catalogue in *folder*, by default the one that ships.

    Raises `BlocklistError` with file and line if something is missing or not as it must be.
    """
    folder = folder or data_folder()
    patterns = read_lists(folder / "patterns.yaml")
    sources = read_sources(folder / "sources.tsv")
    categories = {
        name: _category(entry, folder, patterns.get(name, []), sources.get(name, ()))
        for name, entry in _by_id(folder / "catalog.yaml").items()
    }
    for file, names in (("patterns.yaml", patterns), ("sources.tsv", sources)):
        if unknown := names.keys() - categories.keys():
            raise BlocklistError(f"{folder / file}: found no category {min(unknown)!r}")
    return Catalog(
        categories=categories,
        services={
            name: CatalogService(name, entry.text("title"), entry.names("names"))
            for name, entry in _by_id(folder / "services.yaml").items()
        },
        lifelines=_lifelines(folder),
        essentials=tuple(
            Essential(row.name("name"), row.text("kind"), row.text("why"))
            for row in read_table(folder / "essentials.tsv")
        ),
        canaries=read_names(folder / "canaries.txt"),
        private_answers=tuple(
            PrivateAnswer(row.name("name"), row.text("why"))
            for row in read_table(folder / "private-answers.tsv")
        ),
        engines=read_engines(folder / "engines.yaml"),
    )


def _lifelines(folder: Path) -> tuple[Lifeline, ...]:
    """Return the help lines, and their companions: what their chat and telephones run on."""
    by_name = {
        row.name("domain"): Lifeline(
            row.name("domain"), row.text("country"), row.text("topic"), row.text("evidence")
        )
        for row in read_table(folder / "lifelines.tsv")
    }
    companions = {}
    for row in read_table(folder / "companions.tsv"):
        line = by_name.get(row.name("lifeline"))
        if line is None:
            raise row.error(f'found no lifeline "{row.text("lifeline")}" in lifelines.tsv')
        topic = f"{row.text('kind')} of {row.text('lifeline')}"
        name = row.name("name")
        companions[name] = Lifeline(name, line.country, topic, row.text("evidence"))
    return tuple((companions | by_name).values())


def _by_id(path: Path) -> dict[str, Entry]:
    entry_by_id: dict[str, Entry] = {}
    for entry in read_list(path):
        if entry.text("id") in entry_by_id:
            raise entry.error(f'"{entry.text("id")}" stands twice')
        entry_by_id[entry.text("id")] = entry
    return entry_by_id


def _category(
    entry: Entry, folder: Path, patterns: list[Entry], sources: tuple[CatalogSource, ...]
) -> CatalogCategory:
    starter = entry.text("starter", "")
    if starter and not (folder / starter).is_file():
        raise entry.error(f'found no file "{starter}" in {folder}')
    return CatalogCategory(
        id=entry.text("id"),
        title=entry.text("title"),
        description=entry.text("description"),
        is_locked=entry.flag("locked"),
        help=entry.text("help", ""),
        is_urgent=entry.flag("urgent"),
        starter=folder / starter if starter else None,
        patterns=tuple(map(_pattern, patterns)),
        ages=read_ages(entry),
        sources=sources,
        anchors=entry.names("anchors", ""),
        suffixes=entry.names("suffixes", ""),
    )


def _pattern(entry: Entry) -> LabelPattern:
    pattern = LabelPattern(entry.texts("optional"), entry.texts("core"), entry.texts("after"))
    words = (*pattern.optional, *pattern.core, *pattern.after)
    if not pattern.core or not all(map(_is_word, words)):
        raise entry.error("found no core or an odd word, expected words of a-z, 0-9 and hyphens")
    return pattern


def _is_word(word: str) -> bool:
    return (
        bool(word) and word == word.lower() and word.isascii() and word.replace("-", "").isalnum()
    )
