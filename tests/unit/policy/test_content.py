"""Keys over the content of plain values."""

from dataclasses import replace

from filterdns.policy.content import KEY_LENGTH, content_key, content_key_in_steps
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import AnswerMode, Rule
from filterdns.steps import at_once
from tests.support.households import CHILD, family, selection


def test_equal_content_has_equal_keys() -> None:
    assert content_key(family()) == content_key(family())
    assert len(content_key(family())) == KEY_LENGTH


def test_any_part_that_differs_makes_another_key() -> None:
    variants = [
        CHILD,
        replace(CHILD, answer=AnswerMode.NXDOMAIN),
        replace(CHILD, max_ttl_seconds=301),
        replace(CHILD, block=selection("adult")),
        replace(CHILD, block=Selection(names={b"\x05adult\x00": Rule("adult")})),
        replace(CHILD, during=CHILD.during[:1]),
    ]
    assert len({content_key(variant) for variant in variants}) == len(variants)


def test_the_place_of_a_rule_in_the_config_is_no_content() -> None:
    assert content_key(Rule("a", where="config.yaml:1:1")) == content_key(Rule("a"))


def test_the_words_of_a_rule_are_content() -> None:
    rules = [
        Rule("a"),
        Rule("b"),
        Rule("a", reason="x"),
        Rule("a", category="x"),
        Rule("a", schedule="x"),
    ]
    assert len({content_key(rule) for rule in rules}) == len(rules)


def test_the_order_of_a_mapping_is_content() -> None:
    assert content_key({"a": 1, "b": 2}) != content_key({"b": 2, "a": 1})


def test_values_do_not_run_into_each_other() -> None:
    assert content_key("ab", "c") != content_key("a", "bc")
    assert content_key(("a", "b")) != content_key(("a",), ("b",))
    assert content_key(b"a") != content_key("a")


def test_a_key_made_in_steps_is_one_of_content_too() -> None:
    contents: list[tuple[object, ...]] = [
        (b"1", {"a": Rule("x"), "b": Rule("y")}, {}),
        (b"1", {"b": Rule("y"), "a": Rule("x")}, {}),
        (b"1", {"a": Rule("x")}, {"b": Rule("y")}),
        (b"2", {"a": Rule("x"), "b": Rule("y")}, {}),
        (b"1", {"a": Rule("x"), "b": Rule("z")}, {}),
    ]
    keys = [at_once(content_key_in_steps(*content)) for content in contents]
    assert len(set(keys)) == len(contents)
    assert {len(key) for key in keys} == {KEY_LENGTH}
    assert keys[0] == at_once(
        content_key_in_steps(b"1", {"a": Rule("x"), "b": Rule("y", where="config.yaml:2:2")}, {})
    )


def test_it_takes_a_step_an_item() -> None:
    assert len(list(content_key_in_steps(dict.fromkeys(range(50), "")))) == 50
