"""How strict a policy is, in bits."""

from dataclasses import replace

import pytest

from filterdns.policy.client import Identity
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.probes import probes_of_all
from filterdns.policy.ruleset import Person, Ruleset
from filterdns.policy.strictness import Strictness, each_bit
from filterdns.policy.verdict import Action
from tests.support.households import (
    ADULTS,
    BERLIN,
    CHILD,
    LISTS,
    DictionaryClaims,
    SealedNames,
    family,
    moment,
    policies,
    safe,
    selection,
)

NIGHT, DAY = moment("2026-03-05 23:00"), moment("2026-03-07 15:00")
PEOPLE = {
    "lena": Person("lena", "child", BERLIN, block=selection("reddit.com", "service:roblox")),
    "tom": Person("tom", "child", BERLIN, allow=selection("chess.example", "gambling", "games")),
    "mum": Person("mum", "adults", BERLIN, safe_search=safe(youtube="moderate")),
    "dad": Person("dad", "adults", BERLIN, safe_search=safe(youtube="strict", search="strict")),
    "ann": Person("ann", "child", BERLIN, allow=selection("bet.play.example", "doh")),
}
HOUSE = family(people=PEOPLE)


def measured(ruleset: Ruleset = HOUSE) -> tuple[Strictness, House]:
    house = policies(ruleset).house
    return Strictness(ruleset, house), house


def policy_of(name: str, at: float, ruleset: Ruleset = HOUSE) -> EffectivePolicy:
    return policies(ruleset).policy_for(Identity(name, "", ()), at)


@pytest.mark.parametrize("at", [NIGHT, DAY])
@pytest.mark.parametrize("name", PEOPLE)
def test_a_bit_is_set_where_the_question_is_blocked(name: str, at: float) -> None:
    strictness, house = measured()
    policy, probes = policy_of(name, at), list(probes_of_all(HOUSE, house))
    blocked = {
        number
        for number, probe in enumerate(probes)
        if judge(probe.asked(house), policy).action is Action.BLOCK
    }
    bits = set(each_bit(strictness.of(policy)))
    assert {number for number in bits if not strictness.is_of_engine(number)} == blocked


def test_sealed_names_and_names_of_the_house_are_asked_one_by_one() -> None:
    ruleset = family(
        policies={"child": replace(CHILD, block=selection("printer.home", "a.ntp.org"))}
    )
    house = House(ruleset, DictionaryClaims(LISTS), sealed=SealedNames("reddit.com"))
    strictness = Strictness(ruleset, house)
    policy = policies(ruleset, sealed=SealedNames("reddit.com")).policy_for(
        Identity("tom", "", ()), DAY
    )
    told = {strictness.words(bit, "it") for bit in each_bit(strictness.of(policy))}
    assert "reddit.com is open, which it blocks" in told
    assert "a.ntp.org is open, which it blocks" not in told


def test_whoever_differs_by_lists_of_their_own_is_measured_by_these() -> None:
    strictness, _ = measured()
    plain = family(people={name: Person(name, "child", BERLIN) for name in PEOPLE})
    for name, names, categories in (
        ("lena", PEOPLE["lena"].block.names, ()),
        ("tom", PEOPLE["tom"].allow.names, ("gambling", "games")),
        ("ann", PEOPLE["ann"].allow.names, ("doh",)),
    ):
        all_names = [*names, *HOUSE.services["roblox"]]
        for at in (NIGHT, DAY):
            policy, like = policy_of(name, at), strictness.of(policy_of(name, at, plain))
            found = strictness.like(policy, like, all_names, frozenset(categories))
            assert found == strictness.of(policy), (name, at)


def test_engines_are_held_the_more_the_stricter_the_mode_is() -> None:
    strictness, _ = measured()
    free = strictness.of(
        policy_of("mum", DAY, family(people={"mum": Person("mum", "adults", BERLIN)}))
    )
    moderate, strict = (strictness.of(policy_of(name, DAY)) for name in ("mum", "dad"))
    assert not free & ~moderate
    assert not moderate & ~strict
    told = [strictness.words(bit, "it") for bit in each_bit(strict & ~moderate)]
    assert told == [
        "www.google.com is not held to it",
        "www.google.com is not held to it",
        "www.youtube.com is not held to it",
    ]
    assert [strictness.words(bit, "it") for bit in each_bit(moderate & ~free)] == told[2:]


def test_the_verdict_behind_a_bit_tells_its_rule() -> None:
    strictness, _ = measured()
    policy = policy_of("lena", DAY)
    (bit, *_) = (
        each for each in each_bit(strictness.of(policy)) if "reddit" in strictness.words(each, "")
    )
    assert strictness.verdict(bit, policy).rule.text == "reddit.com"


def test_bits_are_told_from_the_lowest_on() -> None:
    assert list(each_bit(0)) == []
    assert list(each_bit(0b1010_0001 | 1 << 900)) == [0, 5, 7, 900]


def test_adults_are_the_least_strict_of_all() -> None:
    strictness, _ = measured(family(policies={"child": CHILD, "adults": ADULTS}))
    policy = policy_of("mum", DAY, family(people={"mum": Person("mum", "adults", BERLIN)}))
    assert strictness.of(policy) == 0
