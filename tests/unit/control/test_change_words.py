"""Sentences about what changes; `test_diff` has them all, here is how they are put together."""

from zoneinfo import ZoneInfo

import pytest

from filterdns.control.change_words import MOST_TOLD, ChangeWords, Times
from filterdns.policy.difference import Change, Comparison, Outcome
from filterdns.policy.probes import Probe, ProbeKind
from tests.support.households import BERLIN, LENA, family, moment, policies

NOON = moment("2026-03-07 12:00")
ALWAYS = Times(is_always=True, first=NOON)


def name(what: str) -> Probe:
    return Probe(ProbeKind.NAME, what, b"")


def told(times: dict[Change, Times]) -> list[str]:
    store = policies(family())
    words = ChangeWords(store.ruleset, Comparison(store, store), LENA, ZoneInfo(BERLIN))
    return [each["text"] for each in words.tell(times)]


def closing(*probes: Probe, when: Times = ALWAYS) -> dict[Change, Times]:
    return {Change(probe, Outcome.OPEN, Outcome.CLOSED): when for probe in probes}


def test_one_two_and_three_things_are_listed_as_people_do() -> None:
    names = [name(f"{letter}.example") for letter in "abc"]
    assert told(closing(names[0])) == ["a.example will be closed at all times"]
    assert told(closing(*names[:2])) == ["a.example and b.example will be closed at all times"]
    assert told(closing(*names)) == [
        "a.example, b.example and c.example will be closed at all times"
    ]


def test_many_things_are_counted() -> None:
    names = [name(f"n{number}.example") for number in range(MOST_TOLD + 3)]
    [sentence] = told(closing(*names))
    assert "n7.example and 3 more will be closed" in sentence


def test_what_changes_at_other_times_is_another_sentence() -> None:
    when = Times(week=((NOON, NOON + 3600),), first=NOON)
    found = told({**closing(name("a.example")), **closing(name("b.example"), when=when)})
    assert found == [
        "a.example will be closed at all times",
        "b.example will be closed Sat 12:00-13:00",
    ]


@pytest.mark.parametrize(
    ("before", "after", "verb"),
    [
        (Outcome.OPEN, Outcome.SAFE, "will be held to safe search"),
        (Outcome.SAFE, Outcome.OPEN, "will not be held to safe search any more"),
        (Outcome.CLOSED, Outcome.SAFE, "will be open, held to safe search"),
        (Outcome.SAFE, Outcome.CLOSED, "will be closed"),
        (Outcome.MODERATE, Outcome.CLOSED, "will be closed"),
        (Outcome.OPEN, Outcome.MODERATE, "will be held to moderate safe search"),
        (Outcome.CLOSED, Outcome.MODERATE, "will be open, held to moderate safe search"),
        (Outcome.MODERATE, Outcome.OPEN, "will not be held to safe search any more"),
        (Outcome.MODERATE, Outcome.SAFE, "will be held to strict safe search"),
        (Outcome.SAFE, Outcome.MODERATE, "will be held to moderate safe search only"),
    ],
)
def test_safe_search_has_words_of_its_own(before: Outcome, after: Outcome, verb: str) -> None:
    [sentence] = told({Change(name("www.google.com"), before, after): ALWAYS})
    assert sentence == f"www.google.com {verb} at all times"


def test_what_was_held_to_safe_search_is_closed_with_everything() -> None:
    everything = Probe(ProbeKind.EVERYTHING, "any other name", b"")
    engine = Change(name("www.google.com"), Outcome.SAFE, Outcome.CLOSED)
    assert told({Change(everything, Outcome.OPEN, Outcome.CLOSED): ALWAYS, engine: ALWAYS}) == [
        told({Change(everything, Outcome.OPEN, Outcome.CLOSED): ALWAYS})[0]
    ]


def test_where_everything_changes_nothing_is_listed_beside_it() -> None:
    everything = Probe(ProbeKind.EVERYTHING, "any other name", b"")
    assert told({Change(everything, Outcome.CLOSED, Outcome.OPEN): ALWAYS}) == [
        "everything will be open at all times"
    ]
