"""What is the same for all people."""

import pytest

from filterdns.dns.names import from_text
from filterdns.policy.house import House, names_above
from filterdns.policy.ruleset import Category
from filterdns.steps import at_once
from tests.support.households import LISTS, DictionaryClaims, SealedNames, family, names


def house(**changes: object) -> House:
    lists = DictionaryClaims(LISTS)
    return House(family(**changes), lists, b"1")


def test_names_above_include_the_root_and_not_the_name() -> None:
    assert names_above([from_text("a.b.example")]) == {
        from_text("b.example"),
        from_text("example"),
        b"\x00",
    }
    assert from_text("b.example") in names_above([from_text("b.example"), from_text("a.b.example")])
    assert names_above([]) == {b"\x00"}


def test_categories_are_known_by_their_names() -> None:
    both = {
        "one": Category("one", names=(from_text("x.example"),)),
        "two": Category("two", is_locked=True, names=(from_text("x.example"),)),
    }
    found = house(categories=both)
    assert found.categories_by_name == {from_text("x.example"): {"one", "two"}}
    assert found.locked_categories == {"two"}


def test_a_category_is_fed_by_lists_or_by_the_config() -> None:
    found = house()
    assert {"adult", "games"} <= found.listed_categories
    assert "school" in found.fed_categories
    assert "school" not in found.listed_categories
    assert "dating" not in found.fed_categories


def test_the_key_is_equal_for_equal_content() -> None:
    assert house().key == house().key


@pytest.mark.parametrize(
    "change",
    [
        {"hosts": {}},
        {"lifelines": {}},
        {"essentials": names("pool.example")},
        {"services": {}},
        {"categories": {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_key_changes_with_all_that_the_house_holds(change: dict[str, object]) -> None:
    assert house(**change).key != house().key


def test_the_key_changes_with_the_index() -> None:
    lists = DictionaryClaims(LISTS)
    assert House(family(), lists, b"2").key != house().key


def test_it_is_that_of_every_ruleset_in_which_nothing_of_it_differs() -> None:
    lists = DictionaryClaims(LISTS)
    ruleset = family()
    found = House(ruleset, lists)
    assert found.is_of(family(people={}), lists)
    assert not found.is_of(family(hosts={b"\x01a\x00": ("192.0.2.1",)}), lists)
    assert not found.is_of(ruleset, DictionaryClaims(LISTS))
    turned = dict(reversed([*ruleset.categories.items()]))
    assert len(turned) > 1
    assert not found.is_of(family(categories=turned), lists)


def test_it_can_be_made_a_name_a_step() -> None:
    lists = DictionaryClaims(LISTS)
    hosts = {from_text(f"host{number}.home"): (f"10.0.0.{number}",) for number in range(100)}
    ruleset = family(hosts=hosts)
    steps = House.in_steps(ruleset, lists, b"1")
    assert len(list(steps)) > 400  # the key, the answers of both kinds, what lies above
    made = at_once(House.in_steps(ruleset, lists, b"1"))
    assert made.key == house(hosts=hosts).key
    assert made.hosts == house(hosts=hosts).hosts


def test_the_key_changes_with_what_is_sealed_and_the_frame_does_not() -> None:
    lists = DictionaryClaims(LISTS)
    one, same, other = (
        House(family(), lists, b"1", SealedNames(name))
        for name in ("bad.example", "bad.example", "worse.example")
    )
    assert one.key == same.key
    assert len({one.key, other.key, house().key}) == 3
    assert one.frame_key == other.frame_key == house().frame_key


def test_it_is_of_other_sealed_lists_no_more() -> None:
    lists, sealed = DictionaryClaims(LISTS), SealedNames("bad.example")
    found = House(family(), lists, b"1", sealed)
    assert found.is_of(family(), lists, sealed)
    assert not found.is_of(family(), lists)
    assert not found.is_of(family(), lists, SealedNames("bad.example"))
