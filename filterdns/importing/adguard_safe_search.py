"""Safe search of AdGuard Home as ours: an engine each there, two kinds of engines with us."""

from typing import Final, NamedTuple

from filterdns.importing.written import Written


class SafeSearch(NamedTuple):
    """A mode for each kind of engine that is held to safe results, and what differs."""

    modes: tuple[tuple[str, str], ...] = ()
    meaning: str = ""


def read_safe_search(section: Written, flag: Written) -> SafeSearch:
    """Return what *section* (version 17 and later) or else the older *flag* says."""
    enabled = section.at("enabled") if section.is_mapping else flag
    if not enabled.flag(default=False):
        return SafeSearch()
    chosen = [engine for engine in _ENGINES if section.at(engine).flag(default=True)]
    spared = [engine for engine in _ENGINES if engine not in chosen]
    modes = [("search", "strict")] if chosen else []
    if section.at("youtube").flag(default=True):
        modes.append(("youtube", "moderate"))
    if not modes:
        return SafeSearch()
    meaning = "with us an engine stays locked where an allow rule names it"
    if chosen and spared:
        meaning += f"; all engines are locked together, so {', '.join(spared)} as well"
    return SafeSearch(tuple(modes), meaning)


_ENGINES: Final = ("google", "bing", "duckduckgo", "ecosia", "pixabay", "yandex")
