"""The soak for truth condemns what is not true: an old policy, or one that never was."""

import socket
from math import inf
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from filterdns.dns.names import from_text
from soak.household import OPEN_IPV4
from soak.timeline import Timeline
from soak.truth import Judge, Truth
from soak.truth_house import (
    ADDRESSES_OF,
    ALIAS_OF,
    GAMBLING,
    NAMES,
    NAS,
    SCHOOL,
    TOGGLED,
    Rules,
    Said,
    config,
    may_say,
    other_list,
    other_rules,
    write_list,
)
from soak.truth_judge import InForce, Judgement, Question, judge, make_question, read
from tests.support.configs import compiled

[TOGGLED_NAME, *_] = TOGGLED
ALIAS = next(alias for alias, name in ALIAS_OF.items() if name == TOGGLED_NAME)
NOTHING: frozenset[str] = frozenset()
BLOCKING = Rules(blocked=frozenset({TOGGLED_NAME}))
EVEN_MINUTE = 600.0  # of the house; monotonic time runs with it


def in_force(*, rules: Timeline[Rules] | None = None, house: float = EVEN_MINUTE) -> InForce:
    """Return what holds when the house's clock shows *house* at the monotonic second 0."""
    return InForce(rules or Timeline(Rules()), Timeline(NOTHING), Timeline(house))


def ask(who: str, name: str) -> Question:
    return make_question(ADDRESSES_OF[who][0], name, "A", has_edns=True)


def changed_at_ten() -> Timeline[Rules]:
    """Return rules that block a name for ben from a moment between 10 and 11 on."""
    rules = Timeline(Rules())
    rules.begin(BLOCKING, at=10.0)
    rules.acknowledge(at=11.0)
    return rules


# What may have been in force.


@pytest.mark.parametrize(
    ("start", "end", "possible"),
    [
        (0.0, 9.0, ["old"]),
        (9.0, 10.5, ["new", "old"]),
        (10.5, 10.6, ["new", "old"]),
        (10.5, 12.0, ["new", "old"]),
        (11.5, 12.0, ["new"]),
    ],
)
def test_both_states_are_possible_until_a_change_is_acknowledged(
    start: float, end: float, possible: list[str]
) -> None:
    line = Timeline("old")
    line.begin("new", at=10.0)
    line.acknowledge(at=11.0)
    assert list(line.possible(start, end)) == possible


def test_a_change_that_nobody_acknowledged_leaves_both_states_possible() -> None:
    line = Timeline("old")
    line.begin("new", at=10.0)
    assert set(line.possible(1e6, inf)) == {"old", "new"}


# What is forbidden.


@pytest.mark.parametrize(
    ("asked_at", "heard_at", "said", "judgement"),
    [
        (9.0, 9.1, Said.OPEN, Judgement.RIGHT),
        (9.0, 9.1, Said.ZERO, Judgement.FORBIDDEN),  # the change has not begun
        (9.0, 10.1, Said.ZERO, Judgement.RIGHT),
        (10.9, 11.2, Said.OPEN, Judgement.RIGHT),
        (11.1, 11.2, Said.OPEN, Judgement.FORBIDDEN),  # by rules that are gone
        (11.1, 11.2, Said.ZERO, Judgement.RIGHT),
        (11.1, 11.2, Said.NXDOMAIN, Judgement.FORBIDDEN),  # a mode that was never asked for
        (11.1, 11.2, Said.FAILED, Judgement.NONE),
    ],
)
@pytest.mark.parametrize("name", [TOGGLED_NAME, ALIAS])
def test_an_answer_is_forbidden_if_policy_said_so_at_no_moment_of_the_question(
    asked_at: float, heard_at: float, said: Said, judgement: Judgement, name: str
) -> None:
    states = in_force(rules=changed_at_ten())
    assert judge(ask("ben", name), said, 0, asked_at, heard_at, states).judgement is judgement


@pytest.mark.parametrize(
    ("asked_at", "said", "judgement", "late"),
    [
        (59.0, Said.OPEN, Judgement.RIGHT, 0.0),  # an even minute, in which mia may ask
        (59.0, Said.ZERO, Judgement.FORBIDDEN, 0.0),
        (60.1, Said.ZERO, Judgement.RIGHT, 0.0),
        (60.1, Said.OPEN, Judgement.RIGHT, 0.1),
        (60.6, Said.OPEN, Judgement.FORBIDDEN, 0.0),
    ],
)
def test_bedtime_may_be_late_by_the_turn_of_a_scheduler_and_that_is_told(
    asked_at: float, said: Said, judgement: Judgement, late: float
) -> None:
    judged = judge(ask("mia", "www1.open.example"), said, 0, asked_at, asked_at + 0.01, in_force())
    assert judged.judgement is judgement
    assert judged.late_seconds == pytest.approx(late)


@pytest.mark.parametrize(
    ("who", "ttl", "judgement"),
    [
        ("mia", 50, Judgement.RIGHT),
        ("mia", 51, Judgement.FORBIDDEN),
        ("parents", 300, Judgement.RIGHT),
    ],
)
def test_no_answer_outlives_the_minute_for_whoever_has_bedtime(
    who: str, ttl: int, judgement: Judgement
) -> None:
    question = ask(who, "www1.open.example")
    assert judge(question, Said.OPEN, ttl, 10.0, 10.01, in_force()).judgement is judgement


def test_a_clock_that_was_set_is_taken_by_either_time_until_everybody_has_seen_it() -> None:
    states = in_force()
    states.offset.begin(EVEN_MINUTE + 60, at=30.0)
    states.offset.acknowledge(at=30.4)
    question = ask("mia", "www1.open.example")
    judgements = [
        judge(question, Said.OPEN, 0, at, at + 0.01, states).judgement for at in (29.0, 30.2, 30.5)
    ]
    assert judgements == [Judgement.RIGHT, Judgement.RIGHT, Judgement.FORBIDDEN]


# What the house says.


@pytest.mark.parametrize(
    ("who", "name", "rules", "is_odd", "said"),
    [
        ("mia", "www1.open.example", Rules(), True, Said.ZERO),
        ("mia", SCHOOL, Rules(), True, Said.OPEN),
        ("tom", "www1.open.example", Rules(), True, Said.OPEN),
        ("tom", "www1.open.example", Rules(), False, Said.ZERO),
        ("ben", TOGGLED_NAME, BLOCKING._replace(mode="nxdomain"), True, Said.NXDOMAIN),
        ("ben", ALIAS, BLOCKING._replace(mode="nxdomain"), True, Said.NODATA),
        ("visitor", TOGGLED_NAME, BLOCKING, True, Said.ZERO),
        ("visitor", TOGGLED_NAME, BLOCKING._replace(visitor="parents"), True, Said.OPEN),
        ("parents", GAMBLING[0], BLOCKING, True, Said.OPEN),
        ("mia", NAS, Rules(nas=1), True, Said.NAS_1),
    ],
)
def test_the_table_says_what_each_may_be_told(
    who: str, name: str, rules: Rules, is_odd: bool, said: Said
) -> None:
    assert may_say(who, name, rules, NOTHING, is_odd) == {said}


def test_every_change_is_one_and_leads_to_a_config_that_the_filter_takes(tmp_path: Path) -> None:
    random = Random(1)
    rules, listed = Rules(), NOTHING
    for _ in range(20):
        others = other_rules(rules, random), other_list(listed, random)
        assert others[0] != rules
        assert others[1] != listed
        rules, listed = others
    write_list(tmp_path, listed)
    text = config(tmp_path, rules).replace("timezone: UTC\n", "").replace("version: 1\n", "")
    assert set(compiled(tmp_path, text).ruleset.people) == {"mia", "tom", "ben", "parents"}


def test_names_are_told_apart_by_more_than_one_change() -> None:
    kinds = {
        name: tuple(
            may_say(who, name, rules, NOTHING, is_odd)
            for who in ADDRESSES_OF
            for rules in (Rules(), BLOCKING)
            for is_odd in (False, True)
        )
        for name in NAMES
    }
    assert len(set(kinds.values())) >= 5


# What is read, and what fails a run.


def answer(question: Question, *records: tuple[int, bytes, int], rcode: int = 0) -> bytes:
    """Return a response with *records* of type, data and TTL."""
    head = b"\x12\x34\x81" + bytes([0x80 | rcode]) + b"\x00\x01" + len(records).to_bytes(2)
    body = b"".join(
        b"\xc0\x0c" + rtype.to_bytes(2) + b"\x00\x01" + ttl.to_bytes(4) + len(data).to_bytes(2)
        + data
        for rtype, data, ttl in records
    )  # fmt: skip
    return head + bytes(4) + question.question + body


OPEN_DATA = socket.inet_aton(OPEN_IPV4)
TARGET = from_text(TOGGLED_NAME)


@pytest.mark.parametrize(
    ("records", "rcode", "said"),
    [
        ([(1, OPEN_DATA, 60)], 0, (Said.OPEN, 60)),
        ([(5, TARGET, 60), (1, OPEN_DATA, 300)], 0, (Said.OPEN, 300)),
        ([(5, TARGET, 60), (1, b"\x01\x02\x03\x04", 30)], 0, (Said.OTHER, 60)),
        ([(5, TARGET, 60)], 0, (Said.OTHER, 60)),
        ([(1, bytes(4), 30)], 0, (Said.ZERO, 30)),
        ([(1, socket.inet_aton("192.168.1.41"), 30)], 0, (Said.NAS_1, 30)),
        ([], 0, (Said.NODATA, 0)),
        ([], 3, (Said.NXDOMAIN, 0)),
        ([], 2, (Said.FAILED, 0)),
    ],
)
def test_an_answer_is_read_for_what_it_is(
    records: list[tuple[int, bytes, int]], rcode: int, said: tuple[Said, int]
) -> None:
    question = ask("ben", ALIAS)
    assert read(answer(question, *records, rcode=rcode), question.question) == said
    other = ask("ben", "other.example").question
    assert read(answer(question, *records, rcode=rcode), other) == (Said.STRANGE, 0)


def test_the_judge_counts_what_it_hears_and_keeps_an_example_of_what_is_wrong() -> None:
    found = Judge(in_force(rules=changed_at_ten()))
    question = ask("ben", TOGGLED_NAME)
    wrong = answer(question, (1, OPEN_DATA, 60))
    right = answer(question, (1, bytes(4), 30))
    asked = SimpleNamespace(ask=question, asked_at=12.0)
    heard = [
        found.hear(asked, wire, 12.1)  # type: ignore[arg-type]
        for wire in (wrong, right, answer(question, rcode=2))
    ]
    assert heard == [True, True, False]
    assert (found.right, found.forbidden) == (1, 1)
    assert TOGGLED_NAME in found.examples[0]


GOOD = Truth(10, 10, 0, 0, 0, 3, 3, 3, 0.0, {}, (), ())


@pytest.mark.parametrize(
    ("truth", "failure"),
    [
        (GOOD, None),
        (GOOD._replace(retried=2, late_seconds=0.2), None),
        (GOOD._replace(forbidden=1, examples=("such",)), "1 answers that policy forbids"),
        (GOOD._replace(lost=1), "1 questions lost"),
        (GOOD._replace(complaints=("refused",)), "refused"),
        (GOOD._replace(reloads=0), "nothing has changed"),
        (GOOD._replace(bedtimes=0), "nothing has changed"),
    ],
)
def test_a_run_has_failed_if_anything_was_forbidden_or_lost_or_nothing_happened(
    truth: Truth, failure: str | None
) -> None:
    assert truth.failures == [] if failure is None else failure in truth.failures[0]
