"""Safe search (stage B): the mode that holds now, and the names that are asked in place of others.

Who speaks for a person, the first one wins: the open windows of the policy in the order written,
the person, the policy. A place only tightens. While the time is not known, the strictest of all
that may hold does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from filterdns.dns import codes
from filterdns.policy.house import House
from filterdns.policy.moment import Moment, OpenWindow
from filterdns.policy.ruleset import (
    SEARCH,
    YOUTUBE,
    Engine,
    Person,
    PolicyRules,
    SafeMode,
    SafeWish,
)
from filterdns.policy.verdict import Action, LocalAnswer, Row, Verdict

KINDS: Final = (SEARCH, YOUTUBE)
_STRICTNESS: Final = {mode: rank for rank, mode in enumerate(SafeMode)}
# What says nothing of where a browser goes: mail to yandex.ru and a zone's signatures live on.
# Types that nobody knows yet are not among them.
_UNTOUCHED_TYPES: Final = frozenset(
    {codes.NS, codes.SOA, codes.MX, codes.TXT, codes.CAA, codes.DS, codes.DNSKEY}
)

# What is answered with the alias, and what follows it.
_ALIASED_TYPES: Final = frozenset({codes.A, codes.AAAA, codes.CNAME})
_NODATA: Final = LocalAnswer()

Wishes = Mapping[str, SafeWish]
"""What is wished, by kind of engine; nothing for kinds that nobody speaks of."""


def wishes_at(
    rules: PolicyRules, person: Person, moment: Moment, *, is_time_known: bool = True
) -> Wishes:
    """Return the wish that holds for each kind of engine; *moment* is that of *person*."""
    own = {**rules.safe_search, **person.safe_search}
    found = {}
    for kind in KINDS:
        of_windows = _speaking(moment.in_schedules, kind)
        of_person = [own[kind]] if kind in own else []
        said = [*of_windows, *of_person]
        if is_time_known:  # only the first one holds
            said = said[:1]
        said += _speaking(moment.in_places, kind)
        if said:
            found[kind] = _strictest(said)
    return found


def strictest_of_each(all_wishes: Iterable[Wishes]) -> Wishes:
    """Return the strictest of *all_wishes* for each kind of engine that one of them speaks of."""
    said_by_kind: dict[str, list[SafeWish]] = {}
    for wishes in all_wishes:
        for kind, wish in wishes.items():
            said_by_kind.setdefault(kind, []).append(wish)
    return {kind: _strictest(said) for kind, said in said_by_kind.items()}


def looser_kinds(wishes: Wishes, other: Wishes) -> list[str]:
    """Return the kinds of engines that *wishes* hold less strictly than *other* does."""
    return [kind for kind in KINDS if _strictness(wishes, kind) < _strictness(other, kind)]


def compile_rewrites(wishes: Wishes, house: House) -> Mapping[bytes, Verdict]:
    """Return the verdicts of row B by name, each for that name alone."""
    return {
        name: Verdict(Action.REWRITE, Row.REWRITE, wish.rule, listed=name, instead=target)
        for engine in house.engines.values()
        if (wish := wishes.get(engine.kind)) is not None
        if (target := _target(engine, wish.mode))
        for name in engine.names
    }


def rewrite(
    verdict: Verdict, name: bytes, qtype: int, rewrites: Mapping[bytes, Verdict]
) -> Verdict:
    """Return the verdict of row B on a question that *verdict* lets through, or *verdict*.

    Other types than those of addresses are answered with nothing: an HTTPS or SVCB record would
    hint at addresses of the engine as it is (RFC 9460 section 7.3), and a type that nobody knows
    yet may as well.
    """
    found = rewrites.get(name)
    if found is None or qtype in _UNTOUCHED_TYPES:
        return verdict
    if qtype in _ALIASED_TYPES:
        return found
    return found._replace(instead=b"", local=_NODATA)


def _strictest(wishes: Sequence[SafeWish]) -> SafeWish:
    """Return the first of the strictest of *wishes*."""
    return max(wishes, key=lambda wish: _STRICTNESS[wish.mode])


def _strictness(wishes: Wishes, kind: str) -> int:
    return _STRICTNESS[wishes[kind].mode] if kind in wishes else 0


def _speaking(windows: Iterable[OpenWindow], kind: str) -> Iterator[SafeWish]:
    for window in windows:
        if kind in window.entry.safe_search:
            yield window.entry.safe_search[kind]


def _target(engine: Engine, mode: SafeMode) -> bytes:
    """Return what is asked instead; a mode that the engine does not have becomes a stricter one."""
    if mode is SafeMode.OFF:
        return b""
    return engine.moderate if mode is SafeMode.MODERATE and engine.moderate else engine.strict
