"""Search engines that a DNS answer can hold to safe results, as they ship with the project."""

from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.data_file import Entry, read_list

SEARCH: Final = "search"
YOUTUBE: Final = "youtube"


class CatalogEngine(NamedTuple):
    """An engine: a question for exactly one of *names* is answered as one for its target.

    *kind* is `search` or `youtube`. *strict* and *moderate* are the targets (canonical), the latter
    empty where there is one mode alone. *evidence* says who documents them.
    """

    id: str
    title: str
    kind: str
    names: tuple[bytes, ...]
    strict: bytes
    moderate: bytes
    evidence: str


def read_engines(path: Path) -> dict[str, CatalogEngine]:
    """Return the engines in the file at *path* by id.

    Raises `BlocklistError` with file and line, also for a name that two engines have: one of both
    targets would hold, and nobody could say which.
    """
    engines: dict[str, CatalogEngine] = {}
    owner_by_name: dict[bytes, str] = {}
    for entry in read_list(path):
        engine = _read(entry)
        if engine.id in engines:
            raise entry.error(f'"{engine.id}" stands twice')
        for name in engine.names:
            owner = owner_by_name.setdefault(name, engine.id)
            if owner != engine.id:
                raise entry.error(f'a name of "{engine.id}" belongs to "{owner}" already')
        engines[engine.id] = engine
    return engines


def _read(entry: Entry) -> CatalogEngine:
    kind = entry.text("kind")
    if kind not in (SEARCH, YOUTUBE):
        raise entry.error(f'found "{kind}" under "kind", expected {SEARCH} or {YOUTUBE}')
    engine = CatalogEngine(
        id=entry.text("id"),
        title=entry.text("title"),
        kind=kind,
        names=entry.names("names"),
        strict=entry.name("strict"),
        moderate=entry.name("moderate") if kind == YOUTUBE else b"",
        evidence=entry.text("evidence"),
    )
    if {engine.strict, engine.moderate} & set(engine.names):
        raise entry.error("found a target among the names, which would lead in a circle")
    return engine
