"""What becomes different for somebody between two sets of rules, and when.

Both are asked about the same names at the same moments. So what is told is what somebody would
notice, however differently it is written.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from filterdns.dns import codes
from filterdns.policy.answer_checks import Part, answer_checks
from filterdns.policy.client import Identity
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.probes import ECH_KEYS, Probe, ProbeKind, answer_probes, probes
from filterdns.policy.verdict import ALLOWED, Action

Span = tuple[float, float]
"""Unix seconds, the end exclusive."""


class Outcome(StrEnum):
    """What becomes of a name, held to safe results or strictly; and of a part of an answer."""

    OPEN = "open"
    CLOSED = "closed"
    MODERATE = "moderate"
    SAFE = "safe"
    PASSED = "passed"
    KEPT_OUT = "kept out"


class Change(NamedTuple):
    """What *probe* stands for becomes another thing than before."""

    probe: Probe
    before: Outcome
    after: Outcome


class Comparison:
    """Compares the rules *old* with *new*, and remembers what it has compared already."""

    def __init__(self, old: EffectivePolicies, new: EffectivePolicies) -> None:
        self.old = old
        self.new = new
        self._changes_by_keys: dict[tuple[bytes, bytes], Sequence[Change]] = {}

    def changes(self, identity: Identity, within: Span) -> dict[Change, list[Span]]:
        """Return what changes for *identity*, with the spans *within* which it does.

        Spans that touch are one. They are cut at both ends of *within*.
        """
        spans: dict[Change, list[Span]] = {}
        for span, old, new in self._stretches(identity, within):
            for change in self._changes(old, new):
                found = spans.setdefault(change, [])
                if found and found[-1][1] == span[0]:
                    found[-1] = (found[-1][0], span[1])
                else:
                    found.append(span)
        return spans

    def shut(self, identity: Identity, within: Span) -> list[Span]:
        """Return when both let through nothing but what they name."""
        return [
            span
            for span, old, new in self._stretches(identity, within)
            if _is_shut(old) and _is_shut(new)
        ]

    def outcomes(self, identity: Identity, at: float) -> dict[Probe, Outcome]:
        """Return what the new rules will make at the moment *at* of all that the rules name.

        Of a name and one below it, if they differ, what becomes of the name.
        """
        old, new = self.old.policy_for(identity, at), self.new.policy_for(identity, at)
        found: dict[Probe, Outcome] = {}
        for probe in probes(old, new):
            found.setdefault(_bare(probe), _outcome(probe, new))
        return found

    def _stretches(
        self, identity: Identity, within: Span
    ) -> Iterator[tuple[Span, EffectivePolicy, EffectivePolicy]]:
        at, end = within
        while at < end:
            old, new = self.old.policy_for(identity, at), self.new.policy_for(identity, at)
            until = min(old.valid_until, new.valid_until, end)
            yield (at, until), old, new
            at = until

    def _changes(self, old: EffectivePolicy, new: EffectivePolicy) -> Sequence[Change]:
        keys = (old.rules_key, new.rules_key)
        if keys not in self._changes_by_keys:
            self._changes_by_keys[keys] = _changes(old, new)
        return self._changes_by_keys[keys]


def _changes(old: EffectivePolicy, new: EffectivePolicy) -> Sequence[Change]:
    found = []
    for probe in chain(probes(old, new), answer_probes(old, new)):
        before, after = _outcome(probe, old), _outcome(probe, new)
        if before is not after:
            found.append(Change(_bare(probe), before, after))
    return tuple(dict.fromkeys(found))


def _bare(probe: Probe) -> Probe:
    """Return what *probe* stands for: of a name and one below it the same."""
    return probe._replace(name=b"", claimed=None)


def _is_shut(policy: EffectivePolicy) -> bool:
    anything = next(probes(policy))
    return _outcome(anything, policy) is Outcome.CLOSED


def _outcome(probe: Probe, policy: EffectivePolicy) -> Outcome:
    if probe.kind is ProbeKind.ANSWER:
        return _answer_outcome(probe, policy)
    house = policy.house
    verdict = judge(probe.asked(house), policy)
    match verdict.action:
        case Action.BLOCK:
            return Outcome.CLOSED
        case Action.REWRITE:
            is_moderate = any(each.moderate == verdict.instead for each in house.engines.values())
            return Outcome.MODERATE if is_moderate else Outcome.SAFE
        case Action.ALLOW:
            return Outcome.OPEN


def _answer_outcome(probe: Probe, policy: EffectivePolicy) -> Outcome:
    part = Part.ECH if probe.what == ECH_KEYS else Part.PRIVATE
    checks = answer_checks(probe.name, codes.HTTPS, ALLOWED, policy)
    passes = all(check.passes for check in checks if check.part is part)
    return Outcome.PASSED if passes else Outcome.KEPT_OUT
