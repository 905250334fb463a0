"""What a list of the config names: names, `service:` with its names, categories."""

from collections.abc import Iterator, Sequence

from tests.support.reference.world import World, and_above, longest_covering

SERVICE = "service:"


def services_in(entries: Sequence[str]) -> list[str]:
    """Return the ids of the entries that are services."""
    return [entry.removeprefix(SERVICE) for entry in entries if entry.startswith(SERVICE)]


def categories_in(entries: Sequence[str]) -> list[str]:
    """Return the entries that are categories."""
    return [entry for entry in entries if "." not in entry and not entry.startswith(SERVICE)]


def names_in(entries: Sequence[str]) -> list[str]:
    """Return the entries that are names. Some categories are called like a domain: `social`."""
    return [entry for entry in entries if "." in entry and not entry.startswith(SERVICE)]


def spelled_out(entries: Sequence[str], world: World) -> Iterator[tuple[str, str]]:
    """Yield each name in *entries*, those of services included, with the entry that has it."""
    for entry in entries:
        if entry.startswith(SERVICE):
            for name in world.services[entry.removeprefix(SERVICE)]:
                yield name, entry
        elif "." in entry:
            yield entry, entry


def covering_entries(
    name: str, entries: Sequence[str], world: World, longer_than: str = ""
) -> tuple[str, list[str]]:
    """Return the longest name in *entries* that covers *name*, and the entries that have it.

    Names and services come before categories, which need lists. *longer_than* leaves out names that
    are not longer.
    """
    spelled = [each for each in spelled_out(entries, world) if len(each[0]) > len(longer_than)]
    longest = longest_covering(name, [each for each, _ in spelled])
    if longest:
        return longest, [entry for each, entry in spelled if each == longest]
    for each in and_above(name):
        found = [kind for kind in categories_in(entries) if each in world.listed_under(kind)]
        if found and len(each) > len(longer_than):
            return each, found
    return "", []
