"""The rules behind the one that decided, in the order of the rows."""

from dataclasses import replace

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.beaten import beaten
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide
from filterdns.policy.ruleset import PolicyRules, Ruleset
from filterdns.policy.verdict import Action, Row, Verdict
from tests.support.households import (
    CHILD,
    LENA,
    PARENT,
    STRANGER,
    TOM,
    SealedNames,
    family,
    moment,
    names,
    policies,
    safe,
    school,
    selection,
)
from tests.unit.policy.test_decide import CASES, Case, child, giving_up

BEDTIME = moment("2026-03-05 23:00")
HOMEWORK = moment("2026-03-05 14:30")
LESSON = moment("2026-03-05 09:00")
FREE = moment("2026-03-07 15:00")
LENA_IN_CLASS = Identity("lena", "tablet", ("room-12",))


def beaten_by_the_verdict(
    name: str,
    who: Identity = LENA,
    at: float = FREE,
    ruleset: Ruleset | None = None,
    qtype: int = codes.A,
    sealed: str = "sealed.example",
) -> list[Verdict]:
    store = policies(ruleset or school(), sealed=SealedNames(sealed))
    return list(beaten(from_text(name), qtype, store.policy_for(who, at)))


def told(verdicts: list[Verdict]) -> list[str]:
    return [f"{each.row} {each.action} {each.rule.text}" for each in verdicts]


def test_what_nothing_else_speaks_of_beats_nothing() -> None:
    assert beaten_by_the_verdict("www.news.example") == []
    assert beaten_by_the_verdict("www.casino.example") == []


def test_all_rows_behind_come_in_their_order() -> None:
    kim, who = child("kim", policy=CHILD, block=selection("bet.play.example"))
    in_class = who._replace(places=("room-12",))
    ruleset = school(people=kim.people, policies=kim.policies)
    assert told(beaten_by_the_verdict("www.bet.play.example", in_class, HOMEWORK, ruleset)) == [
        "A8 block games",
        "A10 block bet.play.example",
        "A11 block gambling",
    ]


def test_a_lifeline_beats_bedtime_and_the_lists() -> None:
    ruleset = family(lifelines=names("casino.example"))
    assert told(beaten_by_the_verdict("casino.example", LENA, BEDTIME, ruleset)) == [
        "A8 block internet off",
        "A11 block gambling",
    ]


def test_a_lifeline_that_is_given_up_beats_its_being_one() -> None:
    ruleset, who = giving_up("childline.org.uk")
    assert told(beaten_by_the_verdict("childline.org.uk", who, FREE, ruleset)) == [
        "A4 allow childline.org.uk",
        "A10 block childline.org.uk",
    ]


def test_a_sealed_name_beats_whatever_there_is() -> None:
    found = beaten_by_the_verdict("chess.example", TOM, BEDTIME, sealed="chess.example")
    assert told(found) == ["A8 block internet off", "A10 allow chess.example"]


def test_a_local_name_beats_what_is_blocked() -> None:
    ruleset = family(hosts={from_text("casino.example"): ("192.168.1.9",)})
    assert told(beaten_by_the_verdict("casino.example", ruleset=ruleset)) == ["A11 block gambling"]


def test_a_place_beats_the_rules_of_the_person() -> None:
    assert told(beaten_by_the_verdict("reddit.com", LENA_IN_CLASS, LESSON)) == [
        "A10 block reddit.com"
    ]


def test_an_allow_of_the_very_name_beats_the_bypass_kit() -> None:
    ruleset, kim = child(allow=selection("tunnel.example"))
    assert told(beaten_by_the_verdict("tunnel.example", kim, ruleset=ruleset)) == [
        "A5 block bypass vpn"
    ]


def test_the_longer_of_two_names_beats_the_shorter_one() -> None:
    ruleset, kim = child(allow=selection("chess.games.example"), block=selection("games.example"))
    assert told(beaten_by_the_verdict("chess.games.example", kim, ruleset=ruleset)) == [
        "A10 block games.example"
    ]


def test_the_longer_name_of_a_locked_category_beats_an_allow() -> None:
    ruleset, kim = child(allow=selection("tumblr.com"))
    assert told(beaten_by_the_verdict("proana-tips.tumblr.com", kim, ruleset=ruleset)) == [
        "A10 allow tumblr.com"
    ]


def test_of_two_categories_both_are_told() -> None:
    policy = PolicyRules("child", block=selection("gambling", "games"))
    ruleset, kim = child(policy=policy)
    verdicts = beaten_by_the_verdict("bet.play.example", kim, ruleset=ruleset)
    assert told(verdicts) == ["A11 block games"]


def test_ds_of_a_blocked_name_tells_what_blocks_the_name() -> None:
    found = beaten_by_the_verdict("casino.example", at=BEDTIME, qtype=codes.DS)
    assert "A11 block gambling" in told(found)


def test_of_all_policies_the_decisive_one_is_told() -> None:
    found = beaten_by_the_verdict("casino.example", STRANGER, BEDTIME)
    assert told(found) == ["A11 block gambling"]


def test_who_may_do_everything_beats_nothing() -> None:
    assert beaten_by_the_verdict("casino.example", PARENT, BEDTIME) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}-{case.name}")
def test_behind_each_row_another_decides(case: Case) -> None:
    """Whatever row decides, without its rule the name is decided by another one."""
    store = policies(school(), sealed=SealedNames("sealed.example"))
    policy = store.policy_for(case.who, case.at)
    name = from_text(case.name)
    verdict = decide(name, codes.A, policy)
    rules = [verdict.rule, *(each.rule for each in beaten(name, codes.A, policy))]
    assert len(rules) == len(set(rules))


def test_the_walk_ends_where_everything_is_open() -> None:
    for case in CASES:
        found = beaten_by_the_verdict(case.name, case.who, case.at)
        assert all(each.row is not Row.DEFAULT for each in found)
        assert all(each.action is not Action.REWRITE for each in found)


def test_safe_search_beats_what_allows_the_engine_and_stands_behind_what_blocks_it() -> None:
    policy = replace(CHILD, safe_search=safe(search="strict"), allow=selection("google.com"))
    ruleset, who = child("kim", policy=policy)
    free = beaten_by_the_verdict("www.google.com", who, FREE, ruleset)
    assert told(free) == ["A10 allow google.com"]
    night = beaten_by_the_verdict("www.google.com", who, BEDTIME, ruleset)
    assert told(night) == ["B rewrite search: strict", "A10 allow google.com"]
