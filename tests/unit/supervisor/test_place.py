import socket
from collections.abc import Iterator

import pytest

from filterdns.supervisor.child import Child
from filterdns.supervisor.place import (
    FAILURES_WITHIN_SECONDS,
    HEALTHY_SECONDS,
    SETTLED_SECONDS,
    Place,
)

SOON = SETTLED_SECONDS / 3


@pytest.fixture
def child() -> Iterator[Child]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Child("a worker", 1, ours, 2.0, 0.0)


@pytest.fixture
def place() -> Place:
    return Place(3, 0.0)


def live(place: Place, child: Child, at: float, seconds: float) -> None:
    """Let *child* fill the place from *at* on for *seconds*."""
    place.fill(child, at)
    place.vacate(at + seconds)


def brake(place: Place, child: Child) -> None:
    """Let three die, the last one at 20.0."""
    for at in (17.0, 18.0, 19.0):
        live(place, child, at, 1.0)
    assert place.is_braked


def test_who_fills_a_place_is_the_worker_of_its_number(place: Place, child: Child) -> None:
    place.fill(child, 1.0)
    assert child.name == "worker 3"
    assert (place.child, place.since, place.restarts) == (child, 1.0, 0)


def test_a_place_is_served_once_its_process_answers(place: Place, child: Child) -> None:
    assert not place.is_served
    place.fill(child, 1.0)
    assert not place.is_served
    child.is_ready = True
    assert place.is_served


def test_the_next_process_is_a_restart_and_may_come_at_once(place: Place, child: Child) -> None:
    live(place, child, 1.0, 1000.0)
    assert place.is_due(1001.0)
    place.fill(child, 1001.0)
    assert place.restarts == 1


def test_three_failed_starts_in_ten_seconds_put_the_brake_on(place: Place, child: Child) -> None:
    for at, expected in ((1.0, False), (3.0, False), (5.0, True)):
        live(place, child, at, SOON)
        assert place.is_braked == expected
    assert not place.is_due(5.0 + SOON)


def test_failed_starts_further_apart_do_not(place: Place, child: Child) -> None:
    for number in range(10):
        live(place, child, number * FAILURES_WITHIN_SECONDS * 0.6, SOON)
    assert not place.is_braked


def test_deaths_of_those_who_had_settled_do_not(place: Place, child: Child) -> None:
    for number in range(10):
        live(place, child, number * (SETTLED_SECONDS + 1), SETTLED_SECONDS + 0.5)
    assert not place.is_braked


def test_with_the_brake_on_each_death_makes_the_next_start_later(
    place: Place, child: Child
) -> None:
    brake(place, child)
    waits = []
    for at in (100.0, 200.0, 300.0, 400.0):
        live(place, child, at, 0.0)
        waits.append(next(wait for wait in range(10) if place.is_due(at + wait)))
    assert waits == [2, 4, 5, 5]


def test_ten_healthy_seconds_take_the_brake_off(place: Place, child: Child) -> None:
    brake(place, child)
    child.is_ready = True
    place.fill(child, 100.0)
    place.free(100.0 + HEALTHY_SECONDS)
    assert place.is_braked
    place.free(100.0 + HEALTHY_SECONDS + 0.1)
    assert not place.is_braked
    place.vacate(111.0)
    assert place.is_due(111.0)
    assert not place.is_braked


def test_an_empty_place_keeps_its_brake(place: Place, child: Child) -> None:
    brake(place, child)
    place.free(1000.0)
    assert place.is_braked
