"""The lists of a blocky config: inline names, URLs and files, by group."""

from typing import Final, NamedTuple

from filterdns.importing.entries import Entry, read_name, read_regex
from filterdns.importing.gathering import Gathering
from filterdns.importing.written import Written


class Group(NamedTuple):
    """A list group: entries written in the config, and where other lists are."""

    entries: tuple[Entry, ...]
    locations: tuple[str, ...]
    place: str


def read_groups(written: Written, gathering: Gathering) -> dict[str, Group]:
    """Return the groups under `denylists` or `allowlists`; what is no name becomes a remark."""
    return {name: _read_group(lists, gathering) for name, lists in written.pairs()}


def _read_group(lists: Written, gathering: Gathering) -> Group:
    entries: list[Entry] = []
    locations: list[str] = []
    for item in lists.items():
        text = item.text()
        if "\n" in text:
            for number, line in enumerate(text.splitlines(), 1):
                entries += _read_line(line, f"{item.place} line {number}", gathering)
        elif text.strip():
            locations.append(text.strip())
    return Group(tuple(entries), tuple(locations), lists.place)


def _read_line(line: str, place: str, gathering: Gathering) -> list[Entry]:
    if line.strip().startswith("/"):
        entry = read_regex(line.strip().strip("/"), place)
        if entry is None:
            gathering.remark(place, line.strip(), _NO_NAME)
        return [entry] if entry else []
    words = line.partition("#")[0].split()
    if len(words) > 1:  # hosts: an address, then names
        words = words[1:]
    found = []
    for word in words:
        bare = word.removeprefix("*.")
        name = read_name(bare)
        if name is None:
            gathering.remark(place, word, _NO_NAME)
        else:
            found.append(Entry(name, is_exact=bare == word, place=place))
    return found


_NO_NAME: Final = "left out: we block and allow names, no addresses and expressions"
