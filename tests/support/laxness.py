"""Who may do more than others, the plain way: each moment, each person, each question.

What `policy/compare.py` finds faster, and the words for it by the same definition.
"""

from collections.abc import Iterable, Sequence

from filterdns.dns import codes
from filterdns.policy.asked import Asked
from filterdns.policy.compiler import PolicyCompiler
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.probes import Probe, probes_of_all
from filterdns.policy.ruleset import Person, Ruleset
from filterdns.policy.safe_search import looser_kinds
from filterdns.policy.typical_days import typical_spans
from filterdns.policy.verdict import Action, Row


def first_lax_moment(
    ruleset: Ruleset, house: House, asker: Person, others: Sequence[Person], now: float
) -> float | None:
    """Return the first typical moment at which *asker* may do more than one of *others*."""
    compiler, probes = PolicyCompiler(ruleset, house), list(probes_of_all(ruleset, house))
    for start, end in typical_spans(ruleset, now):
        at = start
        while at < end:
            mine, *theirs = (
                compiler.person(each, (), at, is_time_known=True) for each in (asker, *others)
            )
            distinct = {each.rules_key: each for each in theirs}.values()
            if any(_is_laxer(mine, each, probes) for each in distinct):
                return at
            at = min(each.valid_until for each in (mine, *theirs))
    return None


def _is_laxer(mine: EffectivePolicy, theirs: EffectivePolicy, probes: Iterable[Probe]) -> bool:
    if mine.rules_key == theirs.rules_key:
        return False
    house = mine.house
    for probe in probes:
        asked = probe.asked(house)
        if _blocks(asked, theirs) and not _blocks(asked, mine):
            return True
    looser = looser_kinds(mine.safe_search, theirs.safe_search)
    for engine in house.engines.values():
        asked = Asked(engine.names[0], codes.A, house)
        is_held = judge(asked, theirs).action is Action.REWRITE
        if engine.kind in looser and is_held and not _blocks(asked, mine):
            return True
    return False


def _blocks(asked: Asked, policy: EffectivePolicy) -> bool:
    verdict = judge(asked, policy)
    return verdict.action is Action.BLOCK and verdict.row is not Row.LIFELINE
