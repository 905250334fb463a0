"""What will be looked at in an answer, for whom and for which types."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import from_text
from filterdns.policy.answer_checks import AnswerCheck, Part, answer_checks
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.ruleset import PolicyRules, Rebinding, Ruleset
from filterdns.policy.verdict import Row, Rule
from tests.support.households import (
    BYPASS_RULES,
    CHILD,
    LENA,
    LISTS,
    PARENT,
    STRANGER,
    TOM,
    DictionaryClaims,
    family,
    moment,
    names,
    policies,
    safe,
    selection,
)

FREE = moment("2026-03-07 15:00")
HOMEWORK = moment("2026-03-05 14:30")
NETWORKS = {"8.8.8.0/24": ["doh"], "2001:db8:bad::/48": ["gambling"], "198.51.100.7": ["games"]}
ADDRESS_BY_CATEGORY = {"doh": "8.8.8.8", "gambling": "2001:db8:bad::1", "games": "198.51.100.7"}
ECH = Rule("bypass: ech", "config.yaml:7:3")


def policy(
    who: Identity = LENA, now: float = FREE, ruleset: Ruleset | None = None
) -> EffectivePolicy:
    lists = DictionaryClaims(LISTS, NETWORKS)
    return policies(ruleset or family(), lists).policy_for(who, now)


def checks(
    name: str, held: EffectivePolicy, qtype: int = codes.A
) -> dict[Part, tuple[bool, tuple[str, ...]]]:
    asked = from_text(name)
    found: list[AnswerCheck] = list(answer_checks(asked, qtype, decide(asked, qtype, held), held))
    return {each.part: (each.passes, tuple(rule.text for rule in each.rules)) for each in found}


@pytest.mark.parametrize(
    ("qtype", "parts"),
    [
        (codes.A, {Part.LISTED, Part.PRIVATE}),
        (codes.AAAA, {Part.LISTED, Part.PRIVATE}),
        (codes.HTTPS, {Part.LISTED, Part.PRIVATE, Part.ECH}),
        (codes.SVCB, {Part.LISTED, Part.PRIVATE, Part.ECH}),
        (codes.MX, set()),
        (codes.DS, set()),
    ],
)
def test_the_type_tells_what_there_is_to_look_at(qtype: int, parts: set[Part]) -> None:
    child = replace(CHILD, bypass={**BYPASS_RULES, "ech": ECH})
    ruleset = family(policies={"child": child, "adults": PolicyRules("adults")})
    for who in (LENA, STRANGER):
        assert checks("news.example", policy(who, ruleset=ruleset), qtype).keys() == parts


@pytest.mark.parametrize(
    "name", ["childline.org.uk", "time.apple.com", "printer.home", "localhost"]
)
@pytest.mark.parametrize("qtype", [codes.A, codes.HTTPS])
def test_after_rows_a2_to_a4_nothing_is(name: str, qtype: int) -> None:
    assert checks(name, policy(), qtype) == {}


def test_nothing_is_of_an_answer_of_our_own() -> None:
    child = replace(CHILD, safe_search=safe(search="strict"))
    held = policy(ruleset=family(policies={"child": child, "adults": PolicyRules("adults")}))
    assert checks("casino.example", held) == {}
    assert checks("www.google.com", held, codes.HTTPS) == {}
    assert checks("www.google.com", held).keys() == {Part.LISTED, Part.PRIVATE}


@pytest.mark.parametrize("name", ["news.example", "chess.example", "www.chess.example"])
@pytest.mark.parametrize("who", [LENA, TOM, PARENT, STRANGER], ids=lambda who: who.person)
@pytest.mark.parametrize("now", [FREE, HOMEWORK])
def test_the_lists_that_are_told_are_those_that_block(name: str, who: Identity, now: float) -> None:
    held, asked = policy(who, now), from_text(name)
    verdict = decide(asked, codes.A, held)
    blocking = set()
    for address in ADDRESS_BY_CATEGORY.values():
        leads = Leads((), (ip_address(address).packed,))
        found = decide_answer(asked, codes.A, leads, verdict, held)
        if found.row is Row.ANSWER:
            blocking.add(found.rule)
    told = [each for each in answer_checks(asked, codes.A, verdict, held) if each.rules]
    assert {rule for each in told if each.part is Part.LISTED for rule in each.rules} == blocking


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("news.example", (False, ())),
        ("nas.own.example", (True, ("own.example",))),
        ("x.plex.direct", (True, ("plex.direct",))),
        ("nas", (True, ("rebinding: a single label is no name of the internet",))),
    ],
)
def test_the_rule_that_lets_private_addresses_through_is_told(
    name: str, expected: tuple[bool, tuple[str, ...]]
) -> None:
    rules = PolicyRules("adults", rebinding=Rebinding(allow=names("own.example")))
    ruleset = family(
        policies={"child": CHILD, "adults": rules}, private_answers=names("plex.direct")
    )
    assert checks(name, policy(PARENT, ruleset=ruleset))[Part.PRIVATE] == expected


def test_of_several_policies_one_that_blocks_private_addresses_is_enough() -> None:
    rules = PolicyRules("adults", rebinding=Rebinding(mode=Rule("rebinding: allow")))
    ruleset = family(policies={"child": CHILD, "adults": rules})
    found = checks("news.example", policy(PARENT, ruleset=ruleset))
    assert found[Part.PRIVATE] == (True, ("rebinding: allow",))
    assert checks("news.example", policy(STRANGER, ruleset=ruleset))[Part.PRIVATE] == (False, ())


def test_the_line_that_takes_keys_out_is_told() -> None:
    kid = PolicyRules("child", bypass={"ech": ECH}, block=selection("gambling"))
    ruleset = family(policies={"child": kid, "adults": PolicyRules("adults")})
    held = policy(ruleset=ruleset)
    verdict = decide(from_text("news.example"), codes.HTTPS, held)
    *_, last = answer_checks(from_text("news.example"), codes.HTTPS, verdict, held)
    assert (last.part, last.passes) == (Part.ECH, False)
    assert [rule.where for rule in last.rules] == ["config.yaml:7:3"]
