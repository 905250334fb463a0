"""A name under decision, and who claims it."""

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.asked import Asked, Claimed
from filterdns.policy.house import House
from filterdns.policy.ruleset import Category
from tests.support.households import DictionaryClaims, family


def asked(text: str, lists: DictionaryClaims, **changes: object) -> Asked:
    house = House(family(**changes), lists, b"")
    return Asked(from_text(text), codes.A, house)


def test_claims_come_as_names_and_categories_the_longest_first() -> None:
    lists = DictionaryClaims({"example": ["a"], "x.b.example": ["b", "c"]})
    assert list(asked("www.x.b.example", lists).claimed()) == [
        Claimed(from_text("x.b.example"), frozenset({"b", "c"})),
        Claimed(from_text("example"), frozenset({"a"})),
    ]


def test_names_of_the_config_take_their_place_among_them() -> None:
    lists = DictionaryClaims({"example": ["a"], "x.b.example": ["b"]})
    own = {"own": Category("own", names=(from_text("b.example"), from_text("www.x.b.example")))}
    listed = [claim.listed for claim in asked("www.x.b.example", lists, categories=own).claimed()]
    assert listed == [
        from_text(text) for text in ("www.x.b.example", "x.b.example", "b.example", "example")
    ]


def test_the_lists_are_asked_once() -> None:
    lists = DictionaryClaims({})
    question = asked("news.example", lists)
    question.claimed()
    question.claimed()
    assert lists.asked == 1


def test_a_made_up_name_asks_nobody() -> None:
    lists = DictionaryClaims({})
    house = House(family(), lists, b"")
    claimed = (Claimed(from_text("x.example"), frozenset({"games"})),)
    assert Asked(from_text("x.example"), codes.A, house, claimed).claimed() == claimed
    assert lists.asked == 0
