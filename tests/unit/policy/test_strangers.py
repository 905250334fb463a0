"""Whose rules hold for unknown devices."""

from dataclasses import replace

import pytest

from filterdns.policy.ruleset import During, Person
from filterdns.policy.strangers import nobody, strictest_of, tightening
from filterdns.policy.verdict import Rule
from tests.support.households import BERLIN, days, family, safe, schedule, selection

PLAIN = Person("a", "child", BERLIN)


def test_somebody_stands_for_each_policy() -> None:
    found = list(strictest_of(family(people={})))
    assert found == [nobody(family(), "child"), nobody(family(), "adults")]
    assert [each.timezone for each in found] == [BERLIN, BERLIN]


@pytest.mark.parametrize(
    ("own", "counts"),
    [
        ({}, False),
        ({"allow": selection("chess.example", "games")}, False),
        ({"block": selection("reddit.com")}, True),
        ({"schedules": {"bedtime": schedule("bedtime", "19:00-07:00")}}, True),
        ({"during": (During("lessons", Rule("off"), internet_off=True),)}, True),
        ({"holidays": (days("2026-05-01"),)}, True),
        ({"holidays": ()}, True),
        ({"safe_search": safe(search="strict")}, True),
        ({"timezone": "America/Denver"}, True),
    ],
)
def test_a_person_counts_who_may_be_stricter_than_the_policy(
    own: dict[str, object], counts: bool
) -> None:
    person = replace(PLAIN, **own)  # type: ignore[arg-type]
    ruleset = family(people={"a": person})
    assert (person in strictest_of(ruleset)) is counts
    assert list(tightening(ruleset))[2] == (person if counts else None)
