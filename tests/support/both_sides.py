"""A world decided twice: by the program, from config to verdict, and by the reference.

The program's side is the real thing: the config is written as YAML (JSON is YAML), loaded and
compiled, and asked by address, name, type and time. Nothing is shared between both but the words.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from hypothesis import note

from filterdns.blocklists.catalog import Catalog
from filterdns.config.compile import compile_config
from filterdns.config.load import load
from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import from_text, to_text
from filterdns.policy.address import read_address
from filterdns.policy.client import Identifier
from filterdns.policy.decide import decide
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Ruleset
from filterdns.policy.verdict import ESSENTIAL, LIFELINE, Action, Verdict
from tests.support.households import DictionaryClaims, SealedNames
from tests.support.random_houses import small_catalog
from tests.support.reference import judging
from tests.support.reference.answers import Leading
from tests.support.reference.judging import Decided
from tests.support.reference.rows import Question
from tests.support.reference.world import World

TYPES: Final = {
    "A": codes.A, "AAAA": codes.AAAA, "DS": codes.DS, "HTTPS": codes.HTTPS, "CNAME": codes.CNAME,
    "MX": codes.MX,
}  # fmt: skip


class Outcome(NamedTuple):
    """What both sides say of a question, in the same words."""

    action: str
    row: str
    schedule: str = ""
    listed: str = ""
    mode: str = ""
    kind: str = ""


class Filter:
    """The program's side of *world*: compiled from its config, asked as a worker asks.

    *previous* was in force before, and hands on what has not changed.
    """

    def __init__(
        self, world: World, catalog: Catalog | None = None, previous: "Filter | None" = None
    ) -> None:
        ruleset = compiled_ruleset(world.written, catalog or small_catalog())
        self.ruleset = replace(ruleset, pending=dict(world.pending))
        self.claims = DictionaryClaims(world.lists, world.address_lists)
        self.sealed = SealedNames(*world.sealed) if world.sealed else None
        listed = (sorted(world.lists.items()), sorted(world.address_lists.items()))
        house = House(self.ruleset, self.claims, repr(listed).encode(), self.sealed)
        before = None if previous is None else previous.policies
        self.policies: EffectivePolicies = EffectivePolicies(self.ruleset, house, before)
        self.identifier = Identifier(self.ruleset)

    def policy(self, address: str, now: float, *, is_time_known: bool = True) -> EffectivePolicy:
        """Return what holds for *address* at *now* (Unix seconds)."""
        identity = self.identifier.identify(read_address(address))
        return self.policies.policy_for(identity, now, is_time_known=is_time_known)


def compiled_ruleset(written: Any, catalog: Catalog) -> Ruleset:
    """Return what the program makes of the config *written*."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(json.dumps(written))
        return compile_config(load(path, {}, catalog), catalog).ruleset


def outcome(verdict: Verdict, policy: EffectivePolicy) -> Outcome:
    """Return what *verdict* under *policy* says, in the words of both sides."""
    if verdict.action is Action.REWRITE:
        mode = to_text(verdict.instead) if verdict.instead else "nodata"
        return Outcome("rewrite", verdict.row.value, verdict.rule.schedule, mode=mode)
    if verdict.action is not Action.BLOCK:
        kind = verdict.rule.category if verdict.rule.category in (LIFELINE, ESSENTIAL) else ""
        return Outcome(verdict.action.value, verdict.row.value, kind=kind)
    return Outcome(
        "block",
        verdict.row.value,
        verdict.rule.schedule,
        to_text(verdict.listed) if verdict.listed else "",
        (verdict.answer or policy.answer).value,
        "pending" if verdict.is_pending else "",
    )


def expected(decided: Decided) -> Outcome:
    """Return what the reference has *decided*, in the words of both sides."""
    said = decided.said
    if said.action == "rewrite":
        return Outcome(said.action, said.row, said.schedule, mode=decided.mode)
    if said.action != "block":
        return Outcome(said.action, said.row, kind=said.kind)
    return Outcome("block", said.row, said.schedule, said.listed, decided.mode, said.kind)


class BothSides:
    """Both sides of *world*."""

    def __init__(
        self, world: World, catalog: Catalog | None = None, previous: Filter | None = None
    ) -> None:
        self.world = world
        self.filter = Filter(world, catalog, previous)

    def assert_same(
        self, address: str, questions: Iterable[Question], now: float, *, is_time_known: bool = True
    ) -> None:
        """Assert that both decide alike, and that the rule that is named is one that speaks."""
        policy = self.filter.policy(address, now, is_time_known=is_time_known)
        strict = judging.candidates(self.world, address, now, is_time_known=is_time_known)
        for question in questions:
            verdict = decide(wire(question.name), TYPES[question.qtype], policy)
            decided = judging.judge(strict, question)
            where = (address, question, now)
            assert outcome(verdict, policy) == expected(decided), where
            assert not decided.said.rules or verdict.rule.text in decided.said.rules, where


def leads(leading: Leading) -> Leads:
    """Return where an answer leads as the program is told."""
    return Leads(
        tuple(map(wire, leading.targets)),
        tuple(ip_address(each).packed for each in leading.addresses),
        leading.is_private,
    )


@contextmanager
def told(world: World) -> Iterator[None]:
    """Let hypothesis tell the whole *world* where something in the block fails."""
    try:
        yield
    except AssertionError:
        note(json.dumps(world.written, indent=1))
        note(f"lists {world.lists}, sealed {world.sealed}, pending {world.pending}")
        raise


@cache
def wire(name: str) -> bytes:
    """Return *name* in canonical form."""
    return from_text(name)
