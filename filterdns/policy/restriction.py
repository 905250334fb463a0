"""Selections of names, services and categories, compiled into look-ups for the rows of stage A."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from filterdns.policy.asked import Asked
from filterdns.policy.house import House
from filterdns.policy.reason import (
    WAITING_WORDS,
    allow_only_words,
    blocked_words,
    closed_words,
    window_words,
)
from filterdns.policy.ruleset import During, Selection
from filterdns.policy.verdict import Action, Row, Rule, Verdict


class Blocked(NamedTuple):
    """What a row blocks: verdicts by name, which covers what lies below it, and by category."""

    verdict_by_name: Mapping[bytes, Verdict]
    verdict_by_category: Mapping[str, Verdict]

    def find(self, asked: Asked, longer_than: int = 0) -> Verdict | None:
        """Return the verdict on *asked*. Names come first: they need no list.

        *longer_than* leaves out what lists say of names that are not longer, in bytes.
        """
        by_name = self.verdict_by_name
        if by_name and not by_name.keys().isdisjoint(asked.suffixes):
            return next(by_name[name] for name in asked.suffixes if name in by_name)
        for listed, categories in asked.claimed() if self.verdict_by_category else ():
            for category, verdict in self.verdict_by_category.items():
                if category in categories and len(listed) > longer_than:
                    return Verdict(
                        verdict.action, verdict.row, verdict.rule, verdict.answer, None, listed
                    )
        return None

    def find_category(self, categories: frozenset[str]) -> Verdict | None:
        """Return the verdict on an address that *categories* list."""
        for category, verdict in self.verdict_by_category.items():
            if category in categories:
                return verdict
        return None


class Spared(NamedTuple):
    """What an `allow-only` or an `except` lets through."""

    names: frozenset[bytes]
    categories: frozenset[str]

    def covers(self, asked: Asked) -> bool:
        """Whether *asked* lies in one of the names or in one of the categories."""
        if not self.names.isdisjoint(asked.suffixes):
            return True
        return bool(self.categories) and any(
            not self.categories.isdisjoint(claimed.categories) for claimed in asked.claimed()
        )


class Restriction(NamedTuple):
    """One entry of `during:` while its window is on: closed but for something, and blocked."""

    closed: tuple[tuple[Spared, Verdict], ...]
    blocked: Blocked

    def find(self, asked: Asked) -> Verdict | None:
        """Return the BLOCK of this window, or None: a window never allows."""
        for spared, verdict in self.closed:
            if not spared.covers(asked):
                return verdict
        return self.blocked.find(asked)


def compile_restriction(entry: During, row: Row, until: str | None, house: House) -> Restriction:
    """Compile *entry* for a *row*; *until* is the end of its window in words.

    None says that it is in force only because the time is not known.
    """
    schedule = entry.schedule

    def during(rule: Rule, words: Callable[[str, str], str]) -> Rule:
        reason = WAITING_WORDS if until is None else words(schedule, until)
        return rule._replace(reason=reason, schedule=schedule)

    def blocked(rule: Rule, what: str) -> Rule:
        return during(rule, lambda title, end: window_words(title, end, what))

    closed = []
    if entry.internet_off:
        verdict = Verdict(Action.BLOCK, row, during(entry.rule, closed_words))
        closed.append((_spare(entry.exempt, house), verdict))
    if entry.allow_only is not None:
        verdict = Verdict(Action.BLOCK, row, during(entry.rule, allow_only_words))
        closed.append((_spare(entry.allow_only, house), verdict))

    by_name = {
        name: Verdict(Action.BLOCK, row, blocked(rule, what), listed=name)
        for name, rule, what in _titled_names(entry.block, house)
    }
    by_category = {
        category: Verdict(
            Action.BLOCK, row, blocked(rule._replace(category=category), house.title_of(category))
        )
        for category, rule in entry.block.categories.items()
        if category in house.fed_categories
    }
    return Restriction(tuple(closed), Blocked(by_name, by_category))


def compile_blocked(
    services: Mapping[str, Rule], categories: Mapping[str, Rule], house: House
) -> Blocked:
    """Compile what row A11 blocks. A category that nothing feeds is left out: nobody is asked."""
    by_name = {
        name: Verdict(
            Action.BLOCK,
            Row.CATEGORY,
            rule._replace(reason=rule.reason or blocked_words(house.title_of_service(service))),
            listed=name,
        )
        for service, rule in services.items()
        for name in house.services.get(service, ())
    }
    by_category = {
        category: Verdict(
            Action.BLOCK,
            Row.CATEGORY,
            rule._replace(
                reason=rule.reason
                or blocked_words(house.title_of(category), house.help_of(category)),
                category=category,
            ),
        )
        for category, rule in categories.items()
        if category in house.fed_categories
    }
    return Blocked(by_name, by_category)


def _titled_names(selection: Selection, house: House) -> Iterable[tuple[bytes, Rule, str]]:
    """Yield (name, rule, word for the child); a name that is written out comes after services."""
    for service, rule in selection.services.items():
        for name in house.services.get(service, ()):
            yield name, rule, house.title_of_service(service)
    for name, rule in selection.names.items():
        yield name, rule, ""


def _spare(selection: Selection, house: House) -> Spared:
    names = {name for name, _, _ in _titled_names(selection, house)}
    for category in selection.categories:
        names.update(house.names_by_category.get(category, ()))
    listed = house.listed_categories.intersection(selection.categories)
    return Spared(frozenset(names), listed)
