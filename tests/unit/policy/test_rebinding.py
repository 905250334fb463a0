"""Which names may have private addresses in answers from outside."""

import pytest

from filterdns.dns.names import from_text, suffixes
from filterdns.policy.house import House
from filterdns.policy.reason import MAX_REASON_BYTES
from filterdns.policy.rebinding import compile_rebinding
from filterdns.policy.ruleset import Rebinding
from filterdns.policy.verdict import Action, Row, Rule
from tests.support.households import DictionaryClaims, family, names

HOUSE = House(family(private_answers=names("plex.direct", "lan")), DictionaryClaims({}))


@pytest.mark.parametrize(
    ("name", "is_blocked"),
    [
        ("www.example.com", True),
        ("192-168-1-1.x.plex.direct", False),
        ("plex.direct", False),
        ("notplex.direct", True),
        ("nas.lan", False),
        ("nas", False),
        ("nas.own.example", False),
    ],
)
def test_a_name_of_the_internet_is_blocked_unless_it_is_known(name: str, is_blocked: bool) -> None:
    guard = compile_rebinding(Rebinding(allow=names("own.example")), HOUSE)
    found = guard.find(suffixes(from_text(name)))
    assert (found is not None) is is_blocked
    if found is not None:
        assert (found.action, found.row, found.rule.category) == (Action.BLOCK, Row.ANSWER, "")
        assert 0 < len(found.rule.reason) <= MAX_REASON_BYTES


def test_without_the_check_every_name_is_let_through_by_the_rule_that_says_so() -> None:
    mode = Rule("rebinding: allow", "config.yaml:5:3")
    guard = compile_rebinding(Rebinding(mode=mode), HOUSE)
    asked = suffixes(from_text("www.example.com"))
    assert (guard.find(asked), guard.allowing(asked)) == (None, mode)


def test_a_name_of_the_config_is_the_rule_before_one_that_ships() -> None:
    rule = Rule("rebinding: nas.lan", "config.yaml:5:3")
    guard = compile_rebinding(Rebinding(allow={from_text("nas.lan"): rule}), HOUSE)
    assert guard.allowing(suffixes(from_text("nas.lan"))) == rule
    assert guard.allowing(suffixes(from_text("tv.lan"))) == Rule("lan")
