"""All that a question is decided by: the config as written, what ships, what lists say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from typing import Any

Written = Mapping[str, Any]
"""A section of the config: mappings, lists and texts, nothing read yet."""


@dataclass(frozen=True)
class World:
    """The config as *written*, and what is known besides.

    *services*, *locked* categories, *lifelines* and *essentials* are those that ship. *engines*
    maps each name of a search engine to its kind, and to the name that is asked in each mode.
    *lists* maps a listed name to its categories, *sealed* are the names of sealed lists. *pending*
    maps a category that has no list yet to the Unix second until which names wait for it.
    *address_lists* maps listed networks to their categories. *private_answers* are names that lead
    home on purpose.
    """

    written: Written
    services: Mapping[str, Sequence[str]] = field(default_factory=dict)
    locked: Collection[str] = ()
    lifelines: Collection[str] = ()
    essentials: Collection[str] = ()
    engines: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    lists: Mapping[str, Collection[str]] = field(default_factory=dict)
    sealed: Collection[str] = ()
    pending: Mapping[str, float] = field(default_factory=dict)
    address_lists: Mapping[str, Collection[str]] = field(default_factory=dict)
    private_answers: Collection[str] = ()

    def section(self, name: str) -> Written:
        """Return a section of the config, empty where it is not written."""
        found: Written = self.written.get(name) or {}
        return found

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The names of `hosts:`, and the reverse names of their addresses."""
        written = self.section("hosts")
        addresses = [each for addresses in written.values() for each in addresses]
        return frozenset([*written, *(ip_address(each).reverse_pointer for each in addresses)])

    @cached_property
    def all_essentials(self) -> frozenset[str]:
        """The essentials that ship, and those of the config."""
        return frozenset([*self.essentials, *(self.written.get("essentials") or ())])

    def listed_under(self, category: str) -> frozenset[str]:
        """Return the names of a category: those of lists, and those of the config."""
        return self._listed.get(category, frozenset()).union(self.written_under(category))

    @cached_property
    def _listed(self) -> dict[str, frozenset[str]]:
        kinds = {category for categories in self.lists.values() for category in categories}
        return {
            kind: frozenset(name for name, categories in self.lists.items() if kind in categories)
            for kind in kinds
        }

    def written_under(self, category: str) -> list[str]:
        """Return the names that the config itself puts in a category."""
        return list((self.section("categories").get(category) or {}).get("names", ()))


def and_above(name: str) -> Iterator[str]:
    """Yield *name* and each name above it, the longest first."""
    while name:
        yield name
        name = name.partition(".")[2]


def lies_in(name: str, above: str) -> bool:
    """Whether *name* is *above* or lies below it."""
    return name == above or name.endswith("." + above)


def longest_covering(name: str, names: Collection[str]) -> str:
    """Return the longest of *names* that covers *name*, or nothing."""
    among = names if isinstance(names, frozenset) else frozenset(names)
    return next((each for each in and_above(name) if each in among), "")
