"""The soak for memory tells a leak from what comes and goes, by the slope of the second half."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from filterdns.dns.question import read_question
from soak.memory import ALL, Memory, WildQuestions, make_table
from soak.samples import MEGABYTE, Sample, growth, second_half, sizes, slope

HALF_AN_HOUR = range(0, 1800, 3)


def samples(size_at: Callable[[int], float]) -> list[Sample]:
    return [Sample(float(at), int(size_at(at))) for at in HALF_AN_HOUR]


def test_the_slope_of_a_line_is_its_slope() -> None:
    assert slope(samples(lambda at: 1000 + 7 * at)) == pytest.approx(7)
    assert slope(samples(lambda at: 50_000 - 2 * at)) == pytest.approx(-2)
    assert slope(samples(lambda _: 5)) == 0.0
    assert slope([Sample(3.0, 10)]) == 0.0


def test_the_slope_is_that_of_the_line_that_fits_best() -> None:
    points = [Sample(0.0, 1), Sample(1.0, 3), Sample(2.0, 2), Sample(3.0, 6)]
    assert slope(points) == pytest.approx(1.4)  # by hand: 7 / 5


def test_the_second_half_is_that_of_the_time_and_not_of_the_number() -> None:
    points = [Sample(at, 1) for at in (0.0, 1.0, 2.0, 3.0, 100.0)]
    assert second_half(points) == [Sample(100.0, 1)]


@pytest.mark.parametrize(
    ("size_at", "is_flat", "percent"),
    [
        (lambda _: 50 * MEGABYTE, True, 0.0),
        (lambda at: 50 * MEGABYTE * (1 + 0.009 * at / 600), True, 0.88),
        (lambda at: 50 * MEGABYTE * (1 + 0.012 * at / 600), False, 1.16),
        (lambda at: 50 * MEGABYTE * (1 - 0.05 * at / 600), True, -5.6),
        # It fills its tables in the first minutes, and then no more.
        (lambda at: 50 * MEGABYTE * (1 + min(at, 600) / 600), True, 0.0),
        (lambda at: (50 + at % 2) * MEGABYTE, True, 0.0),
        # 2 % of next to nothing.
        (lambda at: MEGABYTE * (1 + 0.02 * at / 600), True, 1.9),
    ],
)
def test_growth_of_one_percent_in_ten_minutes_is_a_leak(
    size_at: Callable[[int], float], is_flat: bool, percent: float
) -> None:
    found = growth("worker", samples(size_at))
    assert found.is_flat is is_flat
    assert found.percent == pytest.approx(percent, abs=0.1)


def test_a_few_samples_prove_nothing() -> None:
    assert not growth("worker", [Sample(0.0, 5), Sample(1.0, 5), Sample(2.0, 5)]).is_flat


def memory(**changes: list[Sample]) -> Memory:
    flat = samples(lambda _: 20 * MEGABYTE)
    found = {ALL: flat, "main 1": flat, "control 2": flat, "worker 3": flat, "worker 4": flat}
    return Memory(10, 10, 0, {}, {**found, **changes})


def test_a_run_has_failed_if_anything_grew_or_ended_or_a_question_was_lost() -> None:
    assert memory().failures == []
    leak = samples(lambda at: 20 * MEGABYTE + 1000 * at)
    [failure] = memory(**{"worker 3": leak}).failures
    assert failure.startswith("worker 3 grew by")
    [failure] = memory(**{"worker 3": leak[:50]}).failures
    assert failure == "a process was not there for the whole time"
    [failure] = memory()._replace(lost=2).failures
    assert failure == "2 questions lost"


def test_the_table_shows_each_process(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as file:
        console = Console(width=120, record=True, file=file)
        console.print(make_table(memory()))
    said = console.export_text()
    assert all(word in said for word in ("all", "control 2", "worker 4", "20.0"))


def test_the_sizes_are_those_of_this_process() -> None:
    [size] = [
        size for label, size in sizes(os.getpid()).items() if label.endswith(f" {os.getpid()}")
    ]
    assert size > MEGABYTE


def test_every_question_is_one_and_hardly_any_is_asked_twice() -> None:
    questions = WildQuestions(1)
    tails = [questions.take().tail for _ in range(2_000)]
    for tail in tails:
        read_question(b"\x00\x00" + tail)  # raises where it is none
    assert len(set(tails)) > 1_600
    assert sum(read_question(b"\x00\x00" + tail).edns is not None for tail in tails) > 1_000
