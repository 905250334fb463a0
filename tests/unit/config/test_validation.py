"""What the model finds wrong, in our words, all at once."""

from typing import Any

import pytest

from filterdns.config.places import Places, Problems
from filterdns.config.validation import validate


def complaints_about(values: dict[str, Any]) -> list[str]:
    problems = Problems(Places("config.yaml"))
    validate({"timezone": "UTC"} | values, problems)
    return [str(problem).removeprefix("config.yaml:1:1 ") for problem in problems.in_order()]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"listne": {}}, '"listne" is no key that stands here; did you mean "listen"?'),
        ({"web": {}}, '"web" is not built yet in this version; remove it'),
        ({"version": 2}, '"2" is not possible here; known are: 1'),
        ({"timezone": []}, "a list stands where a text is expected; write a single text"),
        ({"timezone": True}, "true stands where a text is expected; write a single text"),
        ({"timezone": ""}, '"" is empty; write a text'),
        ({"timezone": "x" * 2000}, "is too long; write at most 1000 characters"),
        ({"people": []}, "a list stands where keys are expected; write `key: value`"),
        (
            {"people": {"mia": 3}},
            '"3" stands where keys are expected; write it like {policy: 7-11}',
        ),
        (
            {"schedules": {"homework": "14:00-16:00"}},
            '"14:00-16:00" stands where keys are expected; write it like {mon-fri: "14:00-16:00"}',
        ),
        (
            {"people": {"mia": {"policy": "7-11", "devices": ["tablet"]}}},
            '"tablet" stands where keys are expected; write it like {name: tablet, mac: ',
        ),
        (
            {"listen": ["192.168.1.2"]},
            'a list stands where keys are expected; write it like {dns: ["192.168.1.2:53"]}',
        ),
        (
            {"schedules": {"homework": {"mon-fri": ["14:00-16:00"]}}},
            '"14:00-16:00" is not possible here; write all in one text: "14:00-15:30, 16:30-18:00"',
        ),
        (
            {"people": {"mia": {"policy": {"block": ["games"]}}}},
            "a mapping stands where a text is expected; write the name of a policy, and what it",
        ),
        ({"limits": 3}, '"3" stands where keys are expected; write `key: value`'),
        (
            {"expect": {}},
            "a mapping stands where a list is expected; put brackets around it: [{…}]",
        ),
        ({"lease_files": {}}, "a mapping stands where a list is expected; write it like [a, b]"),
        (
            {"policies": {"a": {"block": "adult, games"}}},
            '"adult, games" stands where a list is expected; write it like [adult, games]',
        ),
        (
            {"policies": {"a": {"block": "a]b"}}},
            '"a]b" stands where a list is expected; write it like [a, b]',
        ),
        ({"upstreams": {"servers": []}}, "a list is empty; write at least one value"),
        ({"limits": {"burst": 0}}, '"0" is too small; write at least 1'),
        ({"limits": {"burst": 10**9}}, "is too large; write at most 100000000"),
        ({"limits": {"burst": "x"}}, '"x" is no whole number; write digits only'),
        ({"history": {"keep": "1s"}}, "the value is out of bounds; write 1h to 3650d"),
        ({"history": {"keep": "1x"}}, '"1x" is no duration; write it like 30s, 5m, 1h, 14d'),
        ({"history": {"keep": True}}, "true is no whole number; write digits only"),
        ({"groups": {"a": {}}}, '"networks" is missing; add it, such as'),
    ],
)
def test_what_does_not_fit_is_told_in_our_words(values: dict[str, Any], complaint: str) -> None:
    (found,) = complaints_about(values)
    assert complaint in found


def test_a_missing_timezone_is_told() -> None:
    problems = Problems(Places("config.yaml"))
    document, _ = validate({}, problems)
    assert document is not None
    (problem,) = problems.in_order()
    assert problem.cure == "add it, such as `timezone: Europe/Berlin`"


def test_a_mistyped_key_is_not_missing_as_well() -> None:
    assert len(complaints_about({"people": {"mia": {"polcy": "child"}}})) == 1


def test_everything_is_told_at_once() -> None:
    wrong = {"people": {"mia": {"log": 5, "policy": []}}, "expect": [{"is": 1}, 3], "web": 1}
    assert len(complaints_about(wrong)) == 8


def test_what_is_wrong_is_left_out_of_the_document() -> None:
    problems = Problems(Places("config.yaml"))
    values = {
        "timezone": "UTC",
        "people": {
            "mia": {"policy": "child", "log": "some"},
            "ben": {"log": "none"},
            "tom": {"policy": "child", "devices": [{"name": "a"}, {}]},
        },
    }
    document, left_out = validate(values, problems)
    assert document is not None
    assert document.people["mia"].log is None
    assert document.people["tom"].devices == ()
    assert left_out == {
        ("people", "mia", "log"),
        ("people", "ben"),
        ("people", "tom", "devices"),
    }


def test_a_right_document_leaves_nothing_out() -> None:
    problems = Problems(Places("config.yaml"))
    document, left_out = validate({"timezone": "UTC"}, problems)
    assert document is not None
    assert not left_out
    assert not problems.in_order()
