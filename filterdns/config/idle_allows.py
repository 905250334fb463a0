"""Entries of `allow:` that open nothing, because nothing would close it.

What is told is true of the names and lists that there are. Where a list from the web feeds what is
blocked nothing is told of names: tomorrow it may have them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.places import ValuePath
from filterdns.config.units import quoted
from filterdns.config.vocabulary import BYPASS_WORDS
from filterdns.dns import codes
from filterdns.dns.names import from_text, is_below_or_equal, suffixes
from filterdns.policy.bypass import CHECK_NAMES
from filterdns.policy.house import Claims
from filterdns.policy.ruleset import Person, PolicyRules, Selection, people_by_policy


def idle_allows(compiled: Compiled, lists: Claims) -> Iterator[Doubt]:
    """Yield what people and policies allow though no rule of theirs, nor of *lists*, closes it."""
    looking = _Looking(compiled, lists)
    ruleset = compiled.ruleset
    for name in compiled.config.document.policies:
        yield from looking.of_policy(name)
        yield from looking.of_bypass(name)
    for person in ruleset.people.values():
        closing = _Closing.of([ruleset.policies[person.policy]], [person])
        texts = compiled.config.document.people[person.name].allow
        yield from looking.idle(("people", person.name, "allow"), texts, person.allow, closing)


class _Closing(NamedTuple):
    """All that may close something for those whom an `allow:` concerns."""

    blocks: tuple[Selection, ...]
    bypass: frozenset[str]

    @classmethod
    def of(cls, policies: Sequence[PolicyRules], people: Sequence[Person]) -> "_Closing":
        return cls(
            (*(policy.block for policy in policies), *(person.block for person in people)),
            frozenset(kind for policy in policies for kind in policy.bypass),
        )

    @property
    def categories(self) -> frozenset[str]:
        return self.bypass.union(*(block.categories for block in self.blocks))


class _Looking:
    def __init__(self, compiled: Compiled, lists: Claims) -> None:
        self._compiled = compiled
        self._ruleset = compiled.ruleset
        self._sections = compiled.config.document.policies
        self._lists = lists
        self._askers = people_by_policy(compiled.ruleset)
        self._heirs_of: dict[str, list[str]] = {}
        for name, section in self._sections.items():
            self._heirs_of.setdefault(section.extends or "", []).append(name)
        # What is fetched may hold other names tomorrow, and any name may lead to a listed address.
        # Those of bypass lists are of servers, which nobody opens by the name of a site.
        fetched = {source.category for source in compiled.sources if source.url}
        self._uncertain = fetched | lists.address_categories.difference(BYPASS_WORDS)

    def of_policy(self, name: str) -> Iterator[Doubt]:
        """Yield the idle entries that stand in the policy *name* itself."""
        policies = [
            self._ruleset.policies[each] for each in (*self._above(name), *self._heirs(name))
        ]
        people = [each for policy in policies for each in self._askers.get(policy.name, ())]
        texts, allow = self._sections[name].allow, self._ruleset.policies[name].allow
        path = ("policies", name, "allow")
        yield from self.idle(path, texts, allow, _Closing.of(policies, people))

    def of_bypass(self, name: str) -> Iterator[Doubt]:
        """Yield what the policy *name* opens under `bypass:` and nothing above it closes."""
        wishes = self._sections[name].bypass.model_dump(by_alias=True, exclude_none=True)
        closed = {
            kind for each in self._above(name) for kind in self._ruleset.policies[each].bypass
        }
        for kind, wish in wishes.items():
            if wish == "allow" and kind not in closed:
                path = ("policies", name, "bypass", kind)
                yield Doubt(path, f"nothing that this extends blocks {quoted(kind)}", "remove it")

    def idle(
        self, path: ValuePath, texts: Sequence[str], allow: Selection, closing: _Closing
    ) -> Iterator[Doubt]:
        """Yield the entries of the list at *path*, which came to *allow*, that open nothing."""
        places = self._compiled.config.places
        for at, text in enumerate(texts):
            place = str(places.of_value((*path, at)))
            if any(
                rule.where == place and self._is_category_idle(category, closing)
                for category, rule in allow.categories.items()
            ) or self._are_names_idle(place, allow, closing):
                message = f"nothing closes {quoted(text)}, so this opens nothing"
                yield Doubt((*path, at), message, "remove it")

    def _is_category_idle(self, category: str, closing: _Closing) -> bool:
        return all(category not in block.categories for block in closing.blocks)

    def _are_names_idle(self, place: str, allow: Selection, closing: _Closing) -> bool:
        names = [name for name, rule in allow.names.items() if rule.where == place]
        for service, rule in allow.services.items():
            if rule.where == place:
                names += self._ruleset.services[service]
        if not names or not closing.categories.isdisjoint(self._uncertain):
            return False
        return not any(self._is_closed(name, closing) for name in names)

    def _is_closed(self, name: bytes, closing: _Closing) -> bool:
        above = suffixes(name)
        if any(not block.names.keys().isdisjoint(above) for block in closing.blocks):
            return True
        services = {service for block in closing.blocks for service in block.services}
        wide = [each for service in services for each in self._ruleset.services[service]]
        wide += [
            each
            for category in closing.categories
            for each in self._ruleset.categories[category].names
        ]
        wide += [from_text(each) for kind in closing.bypass for each in CHECK_NAMES.get(kind, ())]
        if any(is_below_or_equal(name, each) or is_below_or_equal(each, name) for each in wide):
            return True
        return any(self._is_listed(each, closing) for each in (name, _WWW + name))

    def _is_listed(self, name: bytes, closing: _Closing) -> bool:
        claims = self._lists.claims(suffixes(name), codes.A)
        return any(not closing.categories.isdisjoint(categories) for _, categories in claims)

    def _above(self, name: str) -> Iterator[str]:
        """Yield the policies that *name* extends, the nearest first."""
        extended = self._sections[name].extends
        if extended:
            yield extended
            yield from self._above(extended)

    def _heirs(self, name: str) -> Iterator[str]:
        """Yield *name* and all policies that extend it."""
        yield name
        for heir in self._heirs_of.get(name, ()):
            yield from self._heirs(heir)


_WWW = b"\x03www"
