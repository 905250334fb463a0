"""Which names may have private addresses in answers from outside."""

import pytest

from filterdns.dns.names import from_text, suffixes
from filterdns.policy.house import House
from filterdns.policy.reason import MAX_REASON_BYTES
from filterdns.policy.rebinding import compile_rebinding
from filterdns.policy.ruleset import Rebinding
from filterdns.policy.verdict import Action, Row
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
    assert guard is not None
    found = guard.find(suffixes(from_text(name)))
    assert (found is not None) is is_blocked
    if found is not None:
        assert (found.action, found.row, found.rule.category) == (Action.BLOCK, Row.ANSWER, "")
        assert 0 < len(found.rule.reason) <= MAX_REASON_BYTES


def test_without_the_check_there_is_no_guard() -> None:
    assert compile_rebinding(Rebinding(is_blocked=False), HOUSE) is None
