"""The words that a config may use: what it defines itself, and what the catalogue brings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from filterdns.blocklists.catalog import Catalog
from filterdns.config.model import Config
from filterdns.config.nearest import cure
from filterdns.config.places import Places, Problems, ValuePath
from filterdns.config.presets import PRESETS
from filterdns.config.units import quoted

BYPASS_WORDS: Final = ("doh", "vpn", "proxy", "private-relay", "page-fetcher", "ech")
LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What each kind of word may be, and where to say that one is unknown."""

    categories: frozenset[str]
    locked_categories: frozenset[str]
    services: Mapping[str, tuple[bytes, ...]]
    lifelines: frozenset[bytes]
    schedules: frozenset[str]
    policies: frozenset[str]
    people: frozenset[str]
    left_out: frozenset[ValuePath]
    problems: Problems

    @property
    def places(self) -> Places:
        """Return where everything stands."""
        return self.problems.places

    def knows_schedule(self, name: str, path: ValuePath, *, at_key: bool = False) -> bool:
        """Whether *name* is a schedule; if not, there is a problem at *path*."""
        if name in self.schedules or self._was_left_out("schedules", name):
            return name in self.schedules
        add = self.problems.add_at_key if at_key else self.problems.add
        add(path, f"{quoted(name)} is not a schedule", cure(name, self.schedules))
        return False

    def knows_policy(self, name: str, path: ValuePath, *others: str) -> bool:
        """Whether *name* is a policy or one of *others*; if not, there is a problem at *path*."""
        known = {*self.policies, *others}
        if name in known or self._was_left_out("policies", name):
            return name in known
        self.problems.add(path, f"{quoted(name)} is not a policy", cure(name, {*known, *PRESETS}))
        return False

    def knows_person(self, name: str, path: ValuePath) -> bool:
        """Whether *name* is a person; if not, there is a problem at *path*."""
        if name in self.people or self._was_left_out("people", name):
            return name in self.people
        self.problems.add(path, f"{quoted(name)} is not a person", cure(name, self.people))
        return False

    def knows_category(self, name: str) -> bool:
        """Whether *name* is a category, or was meant as one."""
        return name in self.categories or self._was_left_out("categories", name)

    def is_whole(self, path: ValuePath) -> bool:
        """Whether nothing in the value at *path* was wrong and left out."""
        return all(each[: len(path)] != path for each in self.left_out)

    def _was_left_out(self, section: str, name: str) -> bool:
        return (section,) in self.left_out or (section, name) in self.left_out


def collect_words(config: Config, catalog: Catalog, problems: Problems) -> Vocabulary:
    """Return the vocabulary of *config*; names that nobody could refer to become problems."""
    document = config.document
    for section, names in (
        ("categories", document.categories),
        ("schedules", document.schedules),
        ("policies", document.policies),
        ("people", document.people),
        ("groups", document.groups),
    ):
        _check_names(section, names, problems)
    return Vocabulary(
        categories=frozenset(catalog.categories) | frozenset(document.categories),
        locked_categories=frozenset(
            each.id for each in catalog.categories.values() if each.is_locked
        ),
        services={each.id: each.names for each in catalog.services.values()},
        lifelines=frozenset(each.name for each in catalog.lifelines),
        schedules=frozenset(document.schedules),
        policies=frozenset(document.policies),
        people=frozenset(document.people),
        left_out=config.left_out,
        problems=problems,
    )


_NAME: Final = re.compile(r"[^\W_](?:[\w .'’+&()-]*[\w.'’)])?")
_CATEGORY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED: Final = {("policies", "strictest"), ("people", "unknown")}


def _check_names(section: str, names: Iterable[str], problems: Problems) -> None:
    for name in names:
        path = (section, name)
        if section == "categories" and not _CATEGORY.fullmatch(name):
            example = "use small letters, digits and hyphens, such as school-work"
            problems.add_at_key(path, f"{quoted(name)} is no name for a category", example)
        elif not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            cure_text = f"use letters, digits, spaces and hyphens, at most {LONGEST_NAME}"
            problems.add_at_key(path, f"{quoted(name)} is no name", cure_text)
        elif path in _RESERVED:
            problems.add_at_key(path, f"{quoted(name)} has a meaning already", "use another name")
