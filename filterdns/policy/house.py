"""What is the same for all people: local names, lifelines, essentials, lists, categories."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from filterdns.dns.names import ROOT
from filterdns.policy.content import content_key
from filterdns.policy.ruleset import Ruleset
from filterdns.policy.special import (
    LocalZone,
    empty_non_terminal,
    host_verdicts,
    reverse_zones,
    special_zones,
)
from filterdns.policy.verdict import ESSENTIAL, LIFELINE, Action, Row, Rule, Verdict


class Claims(Protocol):
    """Something that knows which listed names cover a name: the index, a dictionary in tests."""

    def claims(self, name: bytes) -> Sequence[tuple[int, int]]:
        """Return (label count of the listed name, set id) for *name*, the longest name first."""
        ...


class House:
    """The part of a ruleset that no person differs in, ready for look-ups.

    *key* changes with its content. Of *categories_by_set* the set ids of *claims* are the indexes.
    """

    __slots__ = (
        "above_host",
        "above_hosts",
        "above_open",
        "categories_by_name",
        "categories_by_set",
        "claims",
        "fed_categories",
        "hosts",
        "key",
        "listed_categories",
        "locked_categories",
        "names_by_category",
        "protected",
        "reverse_zones",
        "services",
        "special_zones",
    )

    def __init__(
        self,
        ruleset: Ruleset,
        claims: Claims,
        categories_by_set: Sequence[frozenset[str]],
        index_key: bytes,
    ) -> None:
        self.key = content_key(
            index_key,
            ruleset.hosts,
            ruleset.lifelines,
            ruleset.essentials,
            ruleset.services,
            ruleset.categories,
        )
        self.claims = claims
        self.categories_by_set = categories_by_set
        self.services: Mapping[str, tuple[bytes, ...]] = ruleset.services
        self.names_by_category: Mapping[str, tuple[bytes, ...]] = {
            category.name: category.names for category in ruleset.categories.values()
        }
        self.categories_by_name = _categories_by_name(self.names_by_category)
        self.locked_categories = frozenset(
            category.name for category in ruleset.categories.values() if category.is_locked
        )
        self.listed_categories: frozenset[str] = frozenset[str]().union(*categories_by_set)
        self.fed_categories = self.listed_categories.union(*self.categories_by_name.values())
        self.special_zones: Mapping[bytes, LocalZone] = special_zones()
        self.reverse_zones: Mapping[bytes, LocalZone] = reverse_zones()
        self.hosts = host_verdicts(ruleset.hosts)
        self.above_hosts = names_above(self.hosts)
        self.above_host = empty_non_terminal()
        self.protected = _protected(ruleset.essentials, ruleset.lifelines)
        self.above_open = names_above([*self.hosts, *self.protected])


def names_above(names: Iterable[bytes]) -> frozenset[bytes]:
    """Return all that lies above *names*, the root included, the names themselves only if below."""
    above = {ROOT}
    for name in names:
        while name[0]:
            name = name[name[0] + 1 :]
            above.add(name)
    return frozenset(above)


def _categories_by_name(
    names_by_category: Mapping[str, Iterable[bytes]],
) -> Mapping[bytes, frozenset[str]]:
    found: dict[bytes, frozenset[str]] = {}
    for category, names in names_by_category.items():
        for name in names:
            found[name] = found.get(name, frozenset()) | {category}
    return found


def _protected(
    essentials: Mapping[bytes, Rule], lifelines: Mapping[bytes, Rule]
) -> Mapping[bytes, Verdict]:
    """Return the verdicts of row A4. A name that is both is a lifeline, which is never logged."""
    return {
        name: Verdict(Action.ALLOW, Row.LIFELINE, rule._replace(category=kind), listed=name)
        for kind, rules in ((ESSENTIAL, essentials), (LIFELINE, lifelines))
        for name, rule in rules.items()
    }
