"""The AdBlock rules of one list, settled among themselves before anything else sees them.

In AdBlock an exception wins over every block of its list, however long their names are; an
important block wins over exceptions, an important exception over all. In the index the longest name
of a list decides. So here goes what loses, and what is left means the same by both.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

from filterdns.blocklists.formats.item import Entry, Options
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import suffixes
from filterdns.errors import BlocklistError

MAX_RULES: Final = 200_000  # in a list; the largest public one has some thousand
MAX_SPARING_RULES: Final = 1_000


class Qualified(NamedTuple):
    """A block of *name* and what lies below it for questions of *types*, or of all others."""

    name: bytes
    types: tuple[int, ...]
    is_negated: bool


class OwnRules(NamedTuple):
    """What the rules of a list come to.

    *removed* are blocked names to take out of the list, *lifting* those which take out what lies at
    and below them, but for *spared*. *blocks*, *exact*, *exceptions*, *exact_exceptions* come in
    then. *lost* is how many of the rules that are entries have lost to others.
    """

    removed: frozenset[bytes]
    lifting: frozenset[bytes]
    spared: frozenset[bytes]
    blocks: tuple[bytes, ...]
    exact: tuple[bytes, ...]
    exceptions: tuple[bytes, ...]
    exact_exceptions: tuple[bytes, ...]
    qualified: tuple[Qualified, ...]
    lost: int


def settle(rules: Collection[Entry], is_blocked: Callable[[bytes], bool]) -> OwnRules:
    """Return what *rules* come to.

    *is_blocked* tells whether another line of the list blocks a name. Raises `BlocklistError` where
    there are too many.
    """
    if len(rules) > MAX_RULES:
        raise BlocklistError(f"found {len(rules)} rules with options, at most {MAX_RULES} are read")
    bad = {_without_bad(rule) for rule in rules if _options(rule).is_bad}
    good = [rule for rule in rules if not _options(rule).is_bad and rule not in bad]
    exceptions = _names(good, Kind.EXCEPTION, is_important=False)
    over_all = _names(good, Kind.EXCEPTION, is_important=True)
    important = {
        name
        for name in _names(good, Kind.BLOCK, is_important=True)
        if not _is_below(name, over_all)
    }
    blocks, sparing = _blocks(good, important, exceptions | over_all, is_blocked)
    lifting = exceptions | over_all
    exact = {
        rule.name
        for rule in good
        if rule.kind is Kind.EXACT
        and not _is_below(rule.name, over_all if _options(rule).is_important else lifting)
    }
    exact_exceptions = {
        rule.name
        for rule in good
        if rule.kind is Kind.EXACT_EXCEPTION
        and (_options(rule).is_important or not _is_below(rule.name, important))
    }
    qualified = {
        Qualified(rule.name, _options(rule).types, _options(rule).is_negated)
        for rule in good
        if rule.kind is Kind.QUALIFIED
        and not _is_below(rule.name, over_all if _options(rule).is_important else lifting)
    }
    kept = {name for name in exceptions if not _is_below(name, important)} | over_all
    came = len(blocks) + len(exact) + len(kept) + len(exact_exceptions) + len(qualified)
    return OwnRules(
        removed=frozenset(
            rule.name for rule in bad if rule.kind is Kind.BLOCK and _options(rule) == Options()
        ),
        lifting=frozenset(lifting),
        spared=frozenset(important),
        blocks=tuple(sorted(blocks)),
        exact=tuple(sorted(exact)),
        exceptions=tuple(sorted(kept | sparing)),
        exact_exceptions=tuple(sorted(exact_exceptions)),
        qualified=tuple(sorted(qualified)),
        lost=len(rules) - came,
    )


def _blocks(
    rules: Iterable[Entry],
    important: set[bytes],
    lifting: set[bytes],
    is_blocked: Callable[[bytes], bool],
) -> tuple[set[bytes], set[bytes]]:
    """Return the blocked names, and those that blocks with `denyallow` leave alone."""
    blocks = set(important)
    sparing = [rule for rule in rules if rule.kind is Kind.BLOCK and _options(rule).spared]
    if len(sparing) > MAX_SPARING_RULES:
        raise BlocklistError(
            f"found {len(sparing)} rules with denyallow, at most {MAX_SPARING_RULES} are read"
        )
    spared: set[bytes] = set()
    for rule in sparing:
        options = _options(rule)
        if rule.name not in important and _is_below(rule.name, lifting):
            continue
        spared |= {
            name
            for name in options.spared
            if _is_below(name, {rule.name}) and not any(map(is_blocked, suffixes(name)))
        }
        blocks.add(rule.name)
    return blocks, spared - blocks


def _names(rules: Iterable[Entry], kind: Kind, *, is_important: bool) -> set[bytes]:
    return {
        rule.name
        for rule in rules
        if rule.kind is kind
        and _options(rule).is_important is is_important
        and not _options(rule).spared
    }


def _without_bad(rule: Entry) -> Entry:
    return rule._replace(options=_options(rule)._replace(is_bad=False))


def _options(rule: Entry) -> Options:
    return rule.options or Options()


def _is_below(name: bytes, others: Collection[bytes]) -> bool:
    """Whether *name* is one of *others* or lies below one."""
    return bool(others) and any(suffix in others for suffix in suffixes(name))
