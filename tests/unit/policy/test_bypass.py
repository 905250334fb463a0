"""Check names and lists of the ways around the filter."""

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.asked import Asked
from filterdns.policy.bypass import CHECK_NAMES, compile_bypass
from filterdns.policy.house import House
from filterdns.policy.verdict import Action, AnswerMode, Row, Rule
from tests.support.households import DictionaryClaims, family

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
