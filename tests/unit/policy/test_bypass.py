"""Check names and lists of the ways around the filter."""

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.asked import Asked
from filterdns.policy.bypass import CHECK_NAMES, bypass_now, compile_bypass
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide
from filterdns.policy.house import House
from filterdns.policy.moment import OpenWindow
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.reason import WAITING_WORDS
from filterdns.policy.ruleset import During, Person, Place, PolicyRules
from filterdns.policy.verdict import Action, AnswerMode, Row, Rule
from tests.support.households import BERLIN, DictionaryClaims, family, moment, selection

CLAIMS = DictionaryClaims({"a.example": ["doh", "private-relay"], "b.example": ["vpn"]})
HOUSE = House(family(), CLAIMS, b"")


@pytest.mark.parametrize("kind", CHECK_NAMES)
def test_check_names_are_denied_whatever_the_policy_answers(kind: str) -> None:
    found = compile_bypass({kind: Rule("bypass")}, HOUSE)
    assert set(found.verdict_by_name) == {from_text(text) for text in CHECK_NAMES[kind]}
    for name, verdict in found.verdict_by_name.items():
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.BYPASS)
        assert (verdict.answer, verdict.listed) == (AnswerMode.NXDOMAIN, name)
        assert verdict.rule.category == kind


@pytest.mark.parametrize(
    ("kind", "answer"), [("doh", None), ("vpn", None), ("private-relay", AnswerMode.NXDOMAIN)]
)
def test_lists_of_a_kind_are_answered_in_its_way(kind: str, answer: AnswerMode | None) -> None:
    found = compile_bypass({kind: Rule("bypass")}, HOUSE)
    assert found.verdict_by_category[kind].answer is answer


def test_a_kind_without_lists_has_its_check_names_only() -> None:
    found = compile_bypass({"proxy": Rule("bypass")}, HOUSE)
    assert (found.verdict_by_name, found.verdict_by_category) == ({}, {})


def test_a_name_of_several_kinds_is_denied_if_one_of_them_asks_for_that() -> None:
    found = compile_bypass({"doh": Rule("doh"), "private-relay": Rule("relay")}, HOUSE)
    verdict = found.find(Asked(from_text("a.example"), codes.A, HOUSE))
    assert verdict is not None
    assert verdict.answer is AnswerMode.NXDOMAIN


def window(bypass: dict[str, Rule], until: str | None = " until 12:15") -> OpenWindow:
    return OpenWindow(0, During("lessons", Rule("block"), bypass=bypass), until)


def test_a_window_closes_more_and_says_until_when() -> None:
    always = {"doh": Rule("bypass: doh")}
    now = bypass_now(always, [window({"doh": Rule("in lessons"), "vpn": Rule("bypass: vpn")})])
    assert now["doh"] == Rule("bypass: doh")
    assert now["vpn"].reason == "Lessons until 12:15: VPN"


def test_a_window_that_is_on_because_the_time_is_not_known_says_so() -> None:
    now = bypass_now({}, [window({"vpn": Rule("bypass: vpn")}, None)])
    assert now["vpn"].reason == WAITING_WORDS


@pytest.mark.parametrize("entry", ["during", "place"])
def test_what_a_window_closes_is_row_a5_and_lifted_by_an_exact_name_alone(entry: str) -> None:
    lessons = During("lessons", Rule("block"), bypass={"vpn": Rule("v"), "ech": Rule("e")})
    rules = {"during": {}, "place": {"places": {"room": Place("room", (), (lessons,))}}}[entry]
    child = PolicyRules("child", during=(lessons,) if entry == "during" else ())
    ruleset = family(
        policies={"child": child, "adults": PolicyRules("adults")},
        people={
            "kim": Person("kim", "child", BERLIN),
            "lou": Person("lou", "child", BERLIN, allow=selection("b.example", "service:tiktok")),
        },
        **rules,
    )
    held = EffectivePolicies(ruleset, House(ruleset, CLAIMS, b""))
    for at, row in ((moment("2026-03-05 10:00"), Row.BYPASS), (moment("2026-03-05 20:00"), None)):
        kim = held.policy_for(Identity("kim", "", ("room",)), at)
        assert (kim.ech is not None) is (row is not None)
        assert decide(from_text("b.example"), codes.A, kim).row is (row or Row.DEFAULT)
    lou = held.policy_for(Identity("lou", "", ("room",)), moment("2026-03-05 10:00"))
    assert decide(from_text("b.example"), codes.A, lou).row is Row.NAME
    assert decide(from_text("www.b.example"), codes.A, lou).row is Row.BYPASS
