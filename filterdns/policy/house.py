"""What is the same for all people: local names, lifelines, essentials, lists, categories."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, Protocol

from filterdns.dns.names import ROOT, suffixes
from filterdns.policy.content import content_key, content_key_in_steps
from filterdns.policy.ruleset import Category, Ruleset
from filterdns.policy.special import (
    LocalZone,
    empty_non_terminal,
    host_verdicts,
    reverse_zones,
    special_zones,
)
from filterdns.policy.verdict import ESSENTIAL, LIFELINE, Action, Row, Rule, Verdict
from filterdns.steps import Steps, at_once, gather


class Claims(Protocol):
    """Something that knows which listed names cover a name: the index, a dictionary in tests."""

    @property
    def categories(self) -> frozenset[str]:
        """The categories that are listed at all."""
        ...

    def claims(self, suffixes: Sequence[bytes], qtype: int) -> Sequence[tuple[int, frozenset[str]]]:
        """Return (label count, categories) of each name that blocks a question, longest first.

        *suffixes* are the asked name and those above it, *qtype* is the type of the question.
        """
        ...

    @property
    def address_categories(self) -> frozenset[str]:
        """The categories that list addresses."""
        ...

    def categories_of(self, address: bytes) -> frozenset[str]:
        """Return the categories that list the packed *address*, or a network that holds it."""
        ...


class Sealed(Protocol):
    """The sealed lists: they tell whether they cover a name, and nothing else."""

    @property
    def key(self) -> bytes:
        """What changes with their content."""
        ...

    def covers(self, suffixes: Sequence[bytes]) -> bool:
        """Whether one of *suffixes* is sealed: the asked name and those above it."""
        ...


class _NothingListed:
    categories: frozenset[str] = frozenset()
    address_categories: frozenset[str] = frozenset()

    def claims(
        self, _suffixes: Sequence[bytes], _qtype: int
    ) -> Sequence[tuple[int, frozenset[str]]]:
        return ()

    def categories_of(self, _address: bytes) -> frozenset[str]:
        return frozenset()


NOTHING_LISTED: Final = _NothingListed()
"""Stands for an index where no blocklist exists."""


class House:
    """The part of a ruleset that no person differs in, ready for look-ups.

    *key* changes with its content, *frame_key* with all but the names that are listed: of houses
    with one frame the same policies are made. *index_key* stands for the content of *claims*: it
    must change with it. *sealed* is None where no list is sealed. *kept* are all names that rows A2
    to A4 know: below none of them these rows have nothing to say. *private_answers* are names that
    lead into somebody's own network on purpose.
    """

    __slots__ = (
        "_parts",
        "above_host",
        "above_hosts",
        "above_open",
        "address_categories",
        "categories_by_name",
        "category_by_id",
        "claims",
        "engines",
        "fed_categories",
        "frame_key",
        "hosts",
        "kept",
        "key",
        "listed_categories",
        "locked_categories",
        "names_by_category",
        "private_answers",
        "protected",
        "reverse_zones",
        "sealed",
        "service_titles",
        "services",
        "special_zones",
    )

    def __init__(
        self,
        ruleset: Ruleset,
        claims: Claims,
        index_key: bytes = b"",
        sealed: Sealed | None = None,
    ) -> None:
        at_once(self._furnish(ruleset, claims, index_key, sealed))

    @classmethod
    def in_steps(
        cls,
        ruleset: Ruleset,
        claims: Claims,
        index_key: bytes = b"",
        sealed: Sealed | None = None,
    ) -> Steps["House"]:
        """Make one, a name a step."""
        house = cls.__new__(cls)
        yield from house._furnish(ruleset, claims, index_key, sealed)  # noqa: SLF001 - the same class
        return house

    def is_of(self, ruleset: Ruleset, claims: Claims, sealed: Sealed | None = None) -> bool:
        """Whether one made of *ruleset*, *claims*, *sealed* would be the same, order included.

        That is soon told where both hold the same objects.
        """
        return (
            claims is self.claims
            and sealed is self.sealed
            and all(
                part == own and list(part) == list(own)
                for part, own in zip(_parts(ruleset), self._parts, strict=True)
            )
        )

    def protection(self, name: bytes) -> Verdict | None:
        """Return what row A4 says of *name* (canonical); None: it is nothing that is kept open."""
        protected = self.protected
        return next((protected[each] for each in suffixes(name) if each in protected), None)

    def title_of(self, category: str) -> str:
        """Return the word for *category* within a sentence."""
        known = self.category_by_id.get(category)
        return known.title if known is not None and known.title else category

    def help_of(self, category: str) -> str:
        """Return the words of help for whoever meets *category*, empty where there are none."""
        known = self.category_by_id.get(category)
        return known.help if known is not None else ""

    def title_of_service(self, service: str) -> str:
        """Return how *service* calls itself."""
        return self.service_titles.get(service, service)

    def _furnish(
        self,
        ruleset: Ruleset,
        claims: Claims,
        index_key: bytes,
        sealed: Sealed | None,
    ) -> Steps[None]:
        self._parts = _parts(ruleset)
        self.listed_categories = claims.categories
        self.address_categories = claims.address_categories
        self.frame_key = yield from content_key_in_steps(
            *self._parts, sorted(self.listed_categories), sorted(self.address_categories)
        )
        self.key = content_key(self.frame_key, index_key, b"" if sealed is None else sealed.key)
        self.claims = claims
        self.sealed = sealed
        self.engines = ruleset.engines
        self.services: Mapping[str, tuple[bytes, ...]] = ruleset.services
        self.service_titles: Mapping[str, str] = ruleset.service_titles
        self.category_by_id: Mapping[str, Category] = ruleset.categories
        self.names_by_category: Mapping[str, tuple[bytes, ...]] = {
            category.name: category.names for category in ruleset.categories.values()
        }
        self.categories_by_name = yield from _categories_by_name(self.names_by_category)
        self.locked_categories = frozenset(
            category.name for category in ruleset.categories.values() if category.is_locked
        )
        self.fed_categories = self.listed_categories.union(
            self.address_categories, *self.categories_by_name.values()
        )
        self.private_answers: Mapping[bytes, Rule] = ruleset.private_answers
        self.special_zones: Mapping[bytes, LocalZone] = special_zones()
        self.reverse_zones: Mapping[bytes, LocalZone] = reverse_zones()
        yield
        self.hosts = yield from host_verdicts(ruleset.hosts)
        self.above_hosts = yield from _names_above(self.hosts)
        self.above_host = empty_non_terminal()
        self.protected = dict(
            (yield from gather(_protected(ruleset.essentials, ruleset.lifelines)))
        )
        self.kept = frozenset(
            (
                yield from gather(
                    chain(self.special_zones, self.reverse_zones, self.hosts, self.protected)
                )
            )
        )
        self.above_open = self.above_hosts | (yield from _names_above(self.protected))


def _parts(ruleset: Ruleset) -> tuple[Mapping[Any, object], ...]:
    return (
        ruleset.hosts,
        ruleset.lifelines,
        ruleset.essentials,
        ruleset.services,
        ruleset.service_titles,
        ruleset.categories,
        ruleset.private_answers,
        ruleset.engines,
    )


def names_above(names: Iterable[bytes]) -> frozenset[bytes]:
    """Return all that lies above *names*, the root included, the names themselves only if below."""
    return at_once(_names_above(names))


def _names_above(names: Iterable[bytes]) -> Steps[frozenset[bytes]]:
    above = {ROOT}
    for name in names:
        while name[0]:
            name = name[name[0] + 1 :]
            above.add(name)
        yield
    return frozenset(above)


def _categories_by_name(
    names_by_category: Mapping[str, Iterable[bytes]],
) -> Steps[Mapping[bytes, frozenset[str]]]:
    found: dict[bytes, frozenset[str]] = {}
    for category, names in names_by_category.items():
        for name in names:
            found[name] = found.get(name, frozenset()) | {category}
            yield
    return found


def _protected(
    essentials: Mapping[bytes, Rule], lifelines: Mapping[bytes, Rule]
) -> Iterator[tuple[bytes, Verdict]]:
    """Yield the verdicts of row A4. What lies in a lifeline is one, and never logged."""
    for name, rule in essentials.items():
        is_essential = lifelines.keys().isdisjoint(suffixes(name))
        kept = rule._replace(category=ESSENTIAL if is_essential else LIFELINE)
        yield name, Verdict(Action.ALLOW, Row.LIFELINE, kept, listed=name)
    for name, rule in lifelines.items():
        kept = rule._replace(category=LIFELINE)
        yield name, Verdict(Action.ALLOW, Row.LIFELINE, kept, listed=name)
