"""Whether one asker may do more than another, found with names that show it.

Both are asked about names that their rules mention, a made-up name for each category, and one that
nothing mentions. So each difference that is told is one that a child could use.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import to_text
from filterdns.policy.asked import Asked
from filterdns.policy.client import Identity
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.probes import probes
from filterdns.policy.safe_search import looser_kinds
from filterdns.policy.typical_days import typical_spans
from filterdns.policy.verdict import Action, Verdict


class LaxerMoment(NamedTuple):
    """A moment (Unix seconds) at which somebody may do more than *than*, and in which ways."""

    at: float
    than: Identity
    ways: tuple[str, ...]


def laxer_than(policy: EffectivePolicy, other: EffectivePolicy) -> tuple[str, ...]:
    """Return in words what *policy* lets through and *other* does not; empty where there is none.

    Both must come from one store. Who answers how, and what is logged, is not compared.
    """
    ways = []
    for probe in probes(policy, other):
        asked = probe.asked(policy.house)
        theirs = judge(asked, other)
        if theirs.action is Action.BLOCK and judge(asked, policy).action is not Action.BLOCK:
            ways.append(f"{probe.what} is open, which {_cause(theirs)} blocks")
    return tuple(dict.fromkeys([*ways, *_looser_engines(policy, other)]))


def first_laxer_moment(
    policies: EffectivePolicies, asker: Identity, other: Identity, now: float
) -> LaxerMoment | None:
    """Return the first of the typical moments at which *asker* may do more than *other*."""
    return next(laxer_moments(policies, asker, [other], now), None)


def laxer_moments(
    policies: EffectivePolicies, asker: Identity, others: Iterable[Identity], now: float
) -> Iterator[LaxerMoment]:
    """Yield for each of *others* the first typical moment at which *asker* may do more.

    Looks at every change in a week without holidays, and around both ends of each range of
    holidays and each date of a schedule in the year from *now* (Unix seconds).
    """
    spans = typical_spans(policies.ruleset, now)
    known: dict[tuple[bytes, bytes], tuple[str, ...]] = {}
    for other in others:
        for at, mine, theirs in _changes(policies, asker, other, spans):
            pair = (mine.rules_key, theirs.rules_key)
            if pair not in known:
                known[pair] = laxer_than(mine, theirs)
            if known[pair]:
                yield LaxerMoment(at, other, known[pair])
                break


def _changes(
    policies: EffectivePolicies,
    asker: Identity,
    other: Identity,
    spans: Sequence[tuple[float, float]],
) -> Iterator[tuple[float, EffectivePolicy, EffectivePolicy]]:
    """Yield each moment in *spans* from which the two policies hold together."""
    for start, end in spans:
        at = start
        while at < end:
            mine, theirs = policies.policy_for(asker, at), policies.policy_for(other, at)
            yield at, mine, theirs
            at = min(mine.valid_until, theirs.valid_until)


def _looser_engines(policy: EffectivePolicy, other: EffectivePolicy) -> Iterator[str]:
    """Yield the engines that *policy* lets through and holds less than *other* does, in words."""
    house = policy.house
    looser = looser_kinds(policy.safe_search, other.safe_search)
    for engine in house.engines.values() if looser else ():
        if engine.kind not in looser:
            continue
        asked = Asked(engine.names[0], codes.A, house)
        mine, theirs = judge(asked, policy), judge(asked, other)
        if mine.action is not Action.BLOCK and theirs.action is Action.REWRITE:
            yield f"{to_text(asked.name)} is not held to {_cause(theirs)}"


def _cause(verdict: Verdict) -> str:
    rule = verdict.rule
    text = f"{rule.schedule}: {rule.text}" if rule.schedule else rule.text
    return f"{verdict.row} {text}"
