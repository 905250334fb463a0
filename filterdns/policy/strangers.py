"""Whose rules unknown devices go by."""

from collections.abc import Iterator
from typing import Final

from filterdns.policy.ruleset import Person, Ruleset, Selection


def nobody(ruleset: Ruleset, policy: str) -> Person:
    """Return who has *policy* and nothing of their own."""
    return Person("", policy, ruleset.timezone)


def strictest_of(ruleset: Ruleset) -> Iterator[Person]:
    """Return those whose rules together hold for unknown devices where the strictest of all does.

    People who only loosen their policy add nothing to it, and a school has thousands of them.
    """
    return filter(None, tightening(ruleset))


def tightening(ruleset: Ruleset) -> Iterator[Person | None]:
    """Yield somebody for each policy, and each person; None for those who only loosen theirs."""
    for policy in ruleset.policies:
        yield nobody(ruleset, policy)
    for person in ruleset.people.values():
        yield person if _may_tighten(person, ruleset) else None


def _may_tighten(person: Person, ruleset: Ruleset) -> bool:
    return (
        person.block != _EMPTY
        or bool(person.schedules or person.during)
        or person.holidays is not None
        or bool(person.safe_search)
        or person.timezone != ruleset.timezone
    )


_EMPTY: Final = Selection()
