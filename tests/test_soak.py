"""The soak judges as it says: what is right, forbidden, late, and what fails a run."""

import json
import socket
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.console import Console

from filterdns.dns.names import from_text
from soak.counts import Counts
from soak.house_clock import HouseClock
from soak.household import OPEN_IPV4, PEOPLE, Expected, expected_of
from soak.judge import Bedtime, Judgement, Said, judge, read
from soak.questions import BLOCKED_SHARE, make_plan
from soak.table import Row, print_report, write_result

QUESTION = from_text("www.example.com") + b"\x00\x01\x00\x01"
OPEN = socket.inet_aton(OPEN_IPV4)
BEGINS = 100.0  # bedtime, in monotonic seconds


def answer(data: bytes = OPEN, *, ttl: int = 60, flags: int = 0x8180) -> bytes:
    head = b"\x12\x34" + flags.to_bytes(2) + b"\x00\x01\x00\x01" + bytes(4)
    record = b"\xc0\x0c\x00\x01\x00\x01" + ttl.to_bytes(4) + len(data).to_bytes(2) + data
    return head + QUESTION + record


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        (answer(), (Said.OPEN, 60)),
        (answer(bytes(4)), (Said.BLOCKED, 60)),
        (answer(b"\x01\x02\x03\x04"), (Said.OTHER, 60)),
        (answer(flags=0x8182), (Said.FAILED, 0)),
        (answer(flags=0x8185), (Said.FAILED, 0)),
        (answer(flags=0x8183), (Said.OTHER, 0)),
        (answer(flags=0x8380), (Said.TRUNCATED, 0)),
        (answer(flags=0x0100), (Said.STRANGE, 0)),
        (answer().replace(b"example", b"exbmple"), (Said.STRANGE, 0)),
        (answer()[: 12 + len(QUESTION)], (Said.OTHER, 0)),
    ],
)
def test_an_answer_is_read_for_what_it_is(wire: bytes, said: tuple[Said, int]) -> None:
    assert read(wire, QUESTION) == said


@pytest.mark.parametrize(
    ("expected", "said", "judgement"),
    [
        (Expected.OPEN, Said.OPEN, Judgement.RIGHT),
        (Expected.OPEN, Said.BLOCKED, Judgement.WRONG),
        (Expected.OPEN, Said.OTHER, Judgement.WRONG),
        (Expected.OPEN, Said.FAILED, Judgement.NONE),
        (Expected.BLOCKED, Said.BLOCKED, Judgement.RIGHT),
        (Expected.BLOCKED, Said.OPEN, Judgement.FORBIDDEN),
        (Expected.BLOCKED, Said.OTHER, Judgement.WRONG),
        (Expected.BLOCKED, Said.STRANGE, Judgement.NONE),
    ],
)
def test_what_holds_at_any_time_is_judged_by_the_table(
    expected: Expected, said: Said, judgement: Judgement
) -> None:
    assert judge(expected, said, 60, 1.0, 1.1, Bedtime()).judgement is judgement


@pytest.mark.parametrize(
    ("said", "ttl", "asked_at", "heard_at", "judgement"),
    [
        (Said.OPEN, 30, 60.0, 60.1, Judgement.RIGHT),
        (Said.OPEN, 41, 60.0, 60.1, Judgement.FORBIDDEN),  # remembered past bedtime
        (Said.BLOCKED, 30, 60.0, 60.1, Judgement.WRONG),
        (Said.OPEN, 0, 99.9, 100.5, Judgement.RIGHT),  # may have been sent in time
        (Said.BLOCKED, 0, 99.9, 100.5, Judgement.RIGHT),
        (Said.OPEN, 0, 101.0, 101.1, Judgement.FORBIDDEN),
        (Said.BLOCKED, 60, 101.0, 101.1, Judgement.RIGHT),
        (Said.OTHER, 0, 101.0, 101.1, Judgement.WRONG),
    ],
)
def test_bedtime_counts_by_the_moment_at_which_an_answer_was_sent(
    said: Said, ttl: int, asked_at: float, heard_at: float, judgement: Judgement
) -> None:
    bedtime = Bedtime()
    bedtime.begins(BEGINS, seen_at=0.0)
    judged = judge(Expected.UNTIL_BEDTIME, said, ttl, asked_at, heard_at, bedtime)
    assert judged.judgement is judgement


def test_a_turn_of_the_scheduler_is_told_and_a_second_is_forbidden() -> None:
    bedtime = Bedtime()
    bedtime.begins(BEGINS, seen_at=0.0)
    for ttl, asked_at in ((0, 100.03), (40, 60.03)):
        judged = judge(Expected.UNTIL_BEDTIME, Said.OPEN, ttl, asked_at, asked_at + 0.01, bedtime)
        assert judged.judgement is Judgement.RIGHT
        assert judged.late_seconds == pytest.approx(0.03)


def test_after_a_step_of_the_clock_the_old_time_holds_for_as_long_as_nobody_looks() -> None:
    bedtime = Bedtime()
    bedtime.begins(BEGINS, seen_at=0.0)
    bedtime.begins(50.0, seen_at=60.0)  # an hour ahead, say
    judgements = [
        judge(Expected.UNTIL_BEDTIME, Said.OPEN, 0, at, at + 0.01, bedtime).judgement
        for at in (59.0, 60.2, 61.0)
    ]
    assert judgements == [Judgement.RIGHT, Judgement.RIGHT, Judgement.FORBIDDEN]


def test_a_step_that_the_filter_has_seen_first_is_looked_for_before_anything_is_condemned(
    tmp_path: Path,
) -> None:
    offset_file = tmp_path / "clock"
    offset_file.write_text("0")
    now = time.monotonic()
    clock = HouseClock(time.time() + 1, offset_file)
    offset_file.write_text("-3600")
    clock.look(now)  # not time yet
    assert clock.begins_at < now + 60
    clock.look(now, is_urgent=True)
    assert clock.begins_at > now + 3500
    asked_just_now = (Said.OPEN, 300, now - 0.001, now, clock.bedtime)
    assert judge(Expected.UNTIL_BEDTIME, *asked_just_now) == (Judgement.RIGHT, 0.0)


def test_the_mix_is_what_it_says_and_the_prober_asks_for_twenty_names_of_each_category() -> None:
    mix, probes = make_plan(Random(1))
    blocked = sum(one is not None and one.expected is Expected.BLOCKED for one in mix)
    assert blocked / len(mix) == pytest.approx(BLOCKED_SHARE, abs=0.01)
    assert len({probe.question[:-4] for probe in probes}) == 20
    assert {probe.expected for probe in probes} == {Expected.BLOCKED}
    askers = {person.name for person in PEOPLE for probe in probes if probe.address in person[1]}
    assert askers == {"mia", "ben", "guest"}


def test_nobody_is_blocked_for_what_another_person_may_not_see() -> None:
    [parents] = [person for person in PEOPLE if person.name == "parents"]
    assert expected_of(parents, "adult") is Expected.OPEN


def test_the_99th_percentile_is_that_of_all_answers() -> None:
    counts = Counts()
    for number in range(1000):
        counts.answer(0.5 if number < 11 else 0.001)
    assert counts.percentile_seconds(0.98) == pytest.approx(0.0011)
    assert counts.percentile_seconds(0.99) == pytest.approx(0.5, abs=0.001)


def figures(**changes: Any) -> dict[str, Any]:
    counts = Counts()
    counts.sent = counts.answered = counts.child_open = counts.child_closed = 7
    return {**counts.to_json(), **changes}


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({}, None),
        ({"retried": 5, "worst_gap_seconds": 2.0, "bedtime_late_seconds": 0.02}, None),
        ({"lost": 1}, "1 lost"),
        ({"forbidden": 1}, "1 answers that policy forbids"),
        ({"bedtime_late_seconds": 0.7}, "bedtime came 0.7 s late"),
        ({"child_closed": 0}, "bedtime did not come"),
        ({"answered": 0}, "nothing was answered"),
    ],
)
def test_a_run_has_failed_if_anything_was_lost_or_forbidden_or_late(
    changes: dict[str, Any], failure: str | None
) -> None:
    failures = Row("calm", 1.0, figures(**changes)).failures
    assert failures == [] if failure is None else failure in failures[0]


def test_the_table_shows_each_fault_and_the_file_holds_all_that_was_counted(
    tmp_path: Path,
) -> None:
    rows = [Row("calm", 8.0, figures()), Row("disk-full", 8.0, figures(lost=3), ("is slow",))]
    console = Console(width=140, record=True, file=(tmp_path / "out").open("w"))
    print_report(console, rows)
    console.file.close()
    said = console.export_text()
    assert "disk-full" in said
    assert "disk-full: is slow" in said
    path = tmp_path / "folder" / "soak.json"
    write_result(path, rows, {"rate": 2000})
    [calm, full] = json.loads(path.read_text())["rows"]
    assert (calm["fault"], calm["failures"], full["lost"]) == ("calm", [], 3)
