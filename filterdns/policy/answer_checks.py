"""What stage C will look at in an answer, told before there is one.

It asks the parts of `policy/decide.py` themselves, with each category that lists addresses. To
which names an answer leads can only be told once it is there.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import suffixes
from filterdns.policy.decide import KEPT_ROWS, address_block
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.verdict import Action, Row, Rule, Verdict


class Part(StrEnum):
    """What of an answer is looked at."""

    LISTED = "listed addresses"
    PRIVATE = "private addresses"
    ECH = "ECH keys"


class AnswerCheck(NamedTuple):
    """Whether a *part* of an answer passes, and the *rules* that say so; it may be told in none."""

    part: Part
    passes: bool
    rules: tuple[Rule, ...]


def answer_checks(
    name: bytes, qtype: int, verdict: Verdict, policy: EffectivePolicy
) -> Iterator[AnswerCheck]:
    """Yield what is looked at in an answer to the question (*name*, *qtype*) under *policy*.

    Nothing where *verdict* is answered by us. Of lists of addresses only those that would block it.
    """
    is_ours = verdict.action is Action.REWRITE and not verdict.instead
    if verdict.action is Action.BLOCK or verdict.row in KEPT_ROWS or is_ours:
        return
    members = policy.members or (policy,)
    if qtype in _WITH_ADDRESSES:
        listed = tuple(_listed(name, verdict.row, policy.house.address_categories, members))
        if listed:
            yield AnswerCheck(Part.LISTED, False, tuple(dict.fromkeys(listed)))
        yield _private(name, members)
    if qtype in _WITH_KEYS and policy.ech is not None:
        yield AnswerCheck(Part.ECH, False, (policy.ech,))


def _listed(
    name: bytes, row: Row, categories: frozenset[str], members: tuple[EffectivePolicy, ...]
) -> Iterator[Rule]:
    """Yield for each category the rule that blocks its addresses, if one does."""
    for category in sorted(categories):
        for member in members:
            found = address_block(name, frozenset({category}), row, member)
            if found is not None:
                yield found.rule
                break


def _private(name: bytes, members: tuple[EffectivePolicy, ...]) -> AnswerCheck:
    guards = [member.rebinding for member in members if member.rebinding is not None]
    allowing = [guard.allowing(suffixes(name)) for guard in guards]
    rules = [rule for rule in allowing if rule is not None]
    passes = len(rules) == len(allowing)
    return AnswerCheck(Part.PRIVATE, passes, tuple(dict.fromkeys(rules)) if passes else ())


_WITH_KEYS: Final = frozenset({codes.HTTPS, codes.SVCB})
_WITH_ADDRESSES: Final = _WITH_KEYS | {codes.A, codes.AAAA}
