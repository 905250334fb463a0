"""What becomes different between two sets of rules, and when."""

from dataclasses import replace

import pytest

from filterdns.policy.client import Identity
from filterdns.policy.difference import Comparison, Outcome
from filterdns.policy.ruleset import During, PolicyRules, Rebinding, Ruleset
from filterdns.policy.verdict import Rule
from tests.support.households import (
    CHILD,
    LENA,
    STRANGER,
    family,
    moment,
    names,
    policies,
    safe,
    schedule,
    selection,
)

DAY = (moment("2026-03-05 00:00"), moment("2026-03-06 00:00"))


def compared(old: Ruleset, new: Ruleset) -> Comparison:
    return Comparison(policies(old), policies(new))


def with_child(policy: PolicyRules, **changes: object) -> Ruleset:
    return family(policies={**family().policies, "child": policy}, **changes)


def told(
    old: Ruleset, new: Ruleset, identity: Identity = LENA
) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
    changes = compared(old, new).changes(identity, DAY)
    return {
        (change.probe.what, change.before, change.after): spans for change, spans in changes.items()
    }


def test_equal_rules_differ_in_nothing() -> None:
    assert not told(family(), family())


def test_the_same_wish_written_otherwise_is_no_change() -> None:
    written = replace(CHILD, block=selection("adult", "gambling", "dating", "pro-anorexia"))
    by_hand = replace(CHILD, block=replace(CHILD.block, services={}))
    assert not told(with_child(written), with_child(by_hand))


@pytest.mark.parametrize("word", ["social", "chess.example"])
def test_what_is_blocked_anew_closes_whenever_it_was_open(word: str) -> None:
    more = replace(CHILD, block=selection("adult", "gambling", "dating", "service:tiktok", word))
    found = told(with_child(CHILD), with_child(more))
    assert found[word, "open", "closed"] == [
        (moment("2026-03-05 06:30"), moment("2026-03-05 20:30"))
    ]


def test_what_is_allowed_opens() -> None:
    less = replace(CHILD, block=replace(CHILD.block, categories={}))
    found = told(with_child(CHILD), with_child(less))
    assert found["gambling", "closed", "open"]


def test_a_later_bedtime_opens_everything_between_both() -> None:
    late = {"bedtime": schedule("bedtime", nights=("21:00-06:30", "22:00-08:00"))}
    found = told(family(), family(schedules={**family().schedules, **late}))
    half_an_hour = [(moment("2026-03-05 20:30"), moment("2026-03-05 21:00"))]
    assert found["any other name", "closed", "open"] == half_an_hour


def test_unknown_devices_are_compared_as_the_strictest_of_all() -> None:
    more = replace(CHILD, block=selection("social", *CHILD.block.categories, "service:tiktok"))
    found = told(with_child(CHILD), with_child(more), STRANGER)
    assert ("social", "open", "closed") in found


def test_when_everything_is_closed_before_and_after_is_known() -> None:
    found = compared(family(), family()).shut(LENA, DAY)
    assert [span for span in found if span[1] == moment("2026-03-05 06:30")]
    assert not [span for span in found if span[0] == moment("2026-03-05 12:00")]


def test_what_a_window_spares_is_open_in_it() -> None:
    outcomes = compared(family(), family()).outcomes(LENA, moment("2026-03-05 23:00"))
    by_what = {probe.what: outcome for probe, outcome in outcomes.items()}
    assert by_what["moodle.school.example"] is Outcome.OPEN
    assert by_what["any other name"] is Outcome.CLOSED


def test_spans_that_touch_are_one() -> None:
    windows = (During("homework", Rule("block"), block=selection("games")),)
    quiet = replace(CHILD, during=windows)
    found = told(with_child(replace(CHILD, during=())), with_child(quiet))
    assert found["games", "open", "closed"] == [
        (moment("2026-03-05 14:00"), moment("2026-03-05 15:30")),
        (moment("2026-03-05 16:30"), moment("2026-03-05 18:00")),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"search": "strict"}, {("www.google.com", "open", "safe")}),
        ({"youtube": "moderate"}, {}, {("www.youtube.com", "moderate", "open")}),
        (
            {"youtube": "moderate"},
            {"youtube": "strict"},
            {("www.youtube.com", "moderate", "safe")},
        ),
        ({"search": "off"}, {}, set()),
    ],
)
def test_engines_are_told_that_are_held_otherwise(
    before: dict[str, str], after: dict[str, str], expected: set[tuple[str, str, str]]
) -> None:
    old, new = (
        with_child(PolicyRules("child", safe_search=safe(**modes))) for modes in (before, after)
    )
    assert told(old, new).keys() == expected


def test_bedtime_closes_what_is_held_to_safe_results() -> None:
    locked = replace(CHILD, safe_search=safe(search="strict"))
    early = schedule("bedtime", "19:30-06:30")
    old = with_child(locked)
    new = with_child(locked, schedules={**old.schedules, "bedtime": early})
    assert ("www.google.com", "safe", "closed") in told(old, new)


def test_what_is_kept_out_of_answers_is_compared_too() -> None:
    laxer = replace(CHILD, rebinding=Rebinding(allow=names("nas.example")))
    assert told(with_child(CHILD), with_child(laxer)) == {
        ("private addresses of nas.example", "kept out", "passed"): [DAY]
    }
    # Unknown devices stay with what the strictest of all says.
    assert not told(with_child(CHILD), with_child(laxer), STRANGER)
    off = replace(CHILD, rebinding=Rebinding(mode=Rule("rebinding: allow")))
    assert told(with_child(laxer), with_child(off)) == {
        ("private addresses from outside", "kept out", "passed"): [DAY]
    }


def test_keys_are_kept_out_while_a_window_says_so() -> None:
    lessons = During("lessons", Rule("block"), bypass={"ech": Rule("bypass: ech")})
    found = told(with_child(CHILD), with_child(replace(CHILD, during=(*CHILD.during, lessons))))
    assert found == {
        ("keys for Encrypted ClientHello", "passed", "kept out"): [
            (moment("2026-03-05 08:00"), moment("2026-03-05 12:15")),
            (moment("2026-03-05 13:15"), moment("2026-03-05 16:00")),
        ]
    }
