"""What no clock changes of somebody's rules."""

from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.ruleset import Person
from filterdns.policy.tables import compile_tables
from filterdns.policy.verdict import Action
from tests.support.households import BERLIN, CHILD, family, moment, policies, selection

HOUSE = policies(family()).house


def test_tables_hold_what_policy_and_person_say_together() -> None:
    person = Person(
        "a", "child", BERLIN, allow=selection("chess.example", "dating"), block=selection("games")
    )
    tables = compile_tables(CHILD, person, HOUSE)
    assert tables.names[from_text("chess.example")].action is Action.ALLOW
    assert tables.bypass_lifted == {from_text("chess.example")}
    assert set(tables.categories) == {"adult", "gambling", "dating", "pro-anorexia", "games"}
    assert from_text("tiktok.com") in tables.blocked.verdict_by_name
    assert "games" in tables.blocked.verdict_by_category


def test_only_kinds_that_are_locked_are_locked() -> None:
    tables = compile_tables(CHILD, Person("a", "child", BERLIN, block=selection("games")), HOUSE)
    assert set(tables.locked.verdict_by_category) == {"adult", "gambling", "pro-anorexia"}


def test_people_without_lists_of_their_own_share_what_their_policy_says() -> None:
    ruleset = family(
        people={
            "a": Person("a", "child", BERLIN),
            "b": Person("b", "child", "America/Denver"),
            "c": Person("c", "child", BERLIN, allow=selection("chess.example")),
        }
    )
    held = policies(ruleset)
    first, second, other = (
        held.policy_for(Identity(name, "", ()), moment("2026-03-07 15:00")) for name in "abc"
    )
    assert first.names is second.names
    assert first.blocked is second.blocked
    assert other.names is not first.names
