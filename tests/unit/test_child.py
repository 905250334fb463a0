"""One child process; what becomes of it under the supervisor is told in test_supervisor.py."""

import select
import time
from collections.abc import Iterator

import pytest

from filterdns.child import HEALTHY_SECONDS, START_SECONDS, Child

PATIENCE_SECONDS = 20
LONGEST_BACK_OFF = 5.0


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child("worker 0", "tests.support.tiny_worker", 2.0, LONGEST_BACK_OFF)
    yield child
    if child.pid:
        child.kill()
        wait_for_end(child, 0.0)


def wait_for_end(child: Child, now: float) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (code := child.reap(now)) is not None:
            return code
        time.sleep(0.01)
    raise AssertionError("the child has not ended")


def hear(child: Child) -> list[str]:
    assert child.channel is not None
    select.select([child.channel], [], [], PATIENCE_SECONDS)
    return [message["t"] for message in child.hear()]


def test_a_child_is_heard(child: Child) -> None:
    child.start(now=0.0)
    assert hear(child) == ["beat"]


def test_a_child_that_is_told_to_stop_ends(child: Child) -> None:
    child.start(now=0.0)
    child.stop()
    assert wait_for_end(child, 1.0) == 0
    assert child.pid == 0


def test_telling_a_child_that_has_ended_is_no_error(child: Child) -> None:
    child.start(now=0.0)
    child.kill()
    wait_for_end(child, 1.0)
    child.tell({"t": "prefixes", "values": []})
    assert child.hear() == []


def test_a_child_that_does_not_read_is_killed(child: Child) -> None:
    child.arguments = ["--deaf"]
    child.start(now=0.0)
    for _ in range(1000):
        child.tell({"t": "prefixes", "values": ["x" * 1000]})
    assert wait_for_end(child, 1.0) == -9


def test_each_failure_makes_the_next_start_later_up_to_a_bound(child: Child) -> None:
    child.arguments = ["--broken"]
    waits = []
    for _ in range(9):
        child.start(now=0.0)
        assert wait_for_end(child, 1.0) == 3
        waits.append(child.starts_at - 1.0)
    assert waits == sorted(waits)
    assert waits[0] < 0.2
    assert waits[-1] == LONGEST_BACK_OFF


def test_a_child_that_has_lived_for_a_while_starts_again_at_once(child: Child) -> None:
    child.failures = 5
    child.start(now=0.0)
    child.kill()
    wait_for_end(child, HEALTHY_SECONDS + 1)
    assert child.failures == 0
    assert child.starts_at - (HEALTHY_SECONDS + 1) < 0.2


def test_silence_is_judged_by_whether_it_was_ready(child: Child) -> None:
    child.start(now=0.0)
    assert not child.is_silent(START_SECONDS)
    assert child.is_silent(START_SECONDS + 1)
    child.is_ready = True
    assert not child.is_silent(2.0)
    assert child.is_silent(2.1)


def test_nobody_is_not_silent(child: Child) -> None:
    assert not child.is_silent(1e9)
