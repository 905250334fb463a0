import pytest

from filterdns.control.supervisor_link import WorkerProcess
from filterdns.control.watch import BEHIND_SECONDS, NO_WORKER_SECONDS, RECENT_SECONDS, Watch

READY, DEAD = WorkerProcess(7, True, 0), WorkerProcess(0, False, 1)
ADDRESS, OTHER = ("127.0.0.1", 53), ("::1", 53)


def test_a_worker_may_be_gone_for_a_moment() -> None:
    watch = Watch(100.0)
    watch.look_at_workers([READY], {0: 1}, 1, 200.0)
    watch.look_at_workers([DEAD], {}, 1, 201.0)
    assert not watch.has_no_worker(199.9 + NO_WORKER_SECONDS)
    assert watch.has_no_worker(200.0 + NO_WORKER_SECONDS)


def test_one_ready_worker_is_enough() -> None:
    watch = Watch(100.0)
    watch.look_at_workers([DEAD, READY], {1: 1}, 1, 200.0)
    assert not watch.has_no_worker(205.0)


def test_a_start_has_its_time() -> None:
    watch = Watch(100.0)
    assert not watch.has_no_worker(101.0)
    assert watch.has_no_worker(100.0 + NO_WORKER_SECONDS)


@pytest.mark.parametrize("version", [{0: 4}, {}], ids=["older image", "not connected"])
def test_a_worker_that_stays_behind_is_told(version: dict[int, int]) -> None:
    watch = Watch(100.0)
    watch.look_at_workers([READY, READY], {**version, 1: 5}, 5, 100.0)
    assert watch.behind(99.9 + BEHIND_SECONDS) == []
    watch.look_at_workers([READY, READY], {**version, 1: 5}, 5, 100.0 + BEHIND_SECONDS)
    assert watch.behind(100.0 + BEHIND_SECONDS) == [0]


def test_a_worker_that_has_caught_up_is_forgotten() -> None:
    watch = Watch(100.0)
    watch.look_at_workers([READY], {0: 4}, 5, 100.0)
    watch.look_at_workers([READY], {0: 5}, 5, 101.0)
    watch.look_at_workers([READY], {0: 5}, 6, 102.0)
    assert watch.behind(101.0 + BEHIND_SECONDS) == []


def test_a_dead_worker_is_not_behind() -> None:
    watch = Watch(100.0)
    watch.look_at_workers([DEAD], {}, 5, 100.0)
    assert watch.behind(200.0) == []


def test_drops_are_recent_for_five_minutes() -> None:
    watch = Watch(0.0)
    watch.look_at_drops({ADDRESS: 0, OTHER: 0}, 0.0)
    watch.look_at_drops({ADDRESS: 3, OTHER: 0}, 10.0)
    assert watch.recent_drops() == {ADDRESS: 3}
    for at in range(20, int(RECENT_SECONDS), 10):
        watch.look_at_drops({ADDRESS: 3, OTHER: 0}, float(at))
    assert watch.recent_drops() == {ADDRESS: 3}
    watch.look_at_drops({ADDRESS: 3, OTHER: 0}, 11.0 + RECENT_SECONDS)
    assert watch.recent_drops() == {}


def test_drops_between_two_samples_are_told_at_once() -> None:
    watch = Watch(0.0)
    watch.look_at_drops({ADDRESS: 0}, 0.0)
    watch.look_at_drops({ADDRESS: 2}, 0.1)
    assert watch.recent_drops() == {ADDRESS: 2}


def test_drops_from_before_the_first_look_are_not_recent() -> None:
    watch = Watch(0.0)
    watch.look_at_drops({ADDRESS: 70}, 0.0)
    assert watch.recent_drops() == {}


def test_drops_at_a_new_address_are_all_recent() -> None:
    watch = Watch(0.0)
    watch.look_at_drops({ADDRESS: 70}, 0.0)
    watch.look_at_drops({ADDRESS: 70, OTHER: 2}, 1.0)
    assert watch.recent_drops() == {OTHER: 2}


def test_the_memory_of_drops_is_bounded() -> None:
    watch = Watch(0.0)
    for second in range(10_000):
        watch.look_at_drops({ADDRESS: second}, float(second))
    assert RECENT_SECONDS - 10 <= watch.recent_drops()[ADDRESS] <= RECENT_SECONDS
