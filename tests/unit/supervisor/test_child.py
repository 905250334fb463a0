"""One child process; what becomes of it under the supervisor is told in test_supervisor.py."""

import os
import resource
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from filterdns.supervisor.child import START_SECONDS, Child, start_child

PATIENCE_SECONDS = 20

Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    children: list[Child] = []

    def begin(*arguments: str) -> Child:
        child = start_child("worker 0", "tests.support.tiny_worker", (), 2.0, now=0.0)
        child.tell({"t": "begin", "arguments": arguments})
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.channel is not None:
            child.kill()
            wait_for_end(child)


def wait_for_end(child: Child) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (code := child.reap()) is not None:
            return code
        time.sleep(0.01)
    raise AssertionError("the child has not ended")


def hear(child: Child, now: float = 1.0) -> list[str]:
    assert child.channel is not None
    select.select([child.channel], [], [], PATIENCE_SECONDS)
    return [message["t"] for message in child.hear(now)]


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_child_is_heard(start: Start) -> None:
    assert "standby" in hear(start())


def test_it_has_a_group_of_its_own_and_nothing_to_read(start: Start) -> None:
    child = start()
    hear(child)
    assert os.getpgid(child.pid) == child.pid
    assert Path(f"/proc/{child.pid}/fd/0").readlink() == Path("/dev/null")


def test_a_child_that_is_told_to_stop_ends(start: Start) -> None:
    child = start()
    child.stop()
    assert wait_for_end(child) == 0


def test_a_signal_that_ended_it_is_told(start: Start) -> None:
    child = start()
    child.kill()
    assert wait_for_end(child) == -9


def test_telling_a_child_that_has_ended_is_no_error(start: Start) -> None:
    child = start()
    child.kill()
    wait_for_end(child)
    child.tell({"t": "prefixes", "values": []})
    assert child.hear(1.0) == []


def test_a_child_that_does_not_read_is_killed(start: Start) -> None:
    child = start("--deaf")
    for _ in range(1000):
        child.tell({"t": "prefixes", "values": ["x" * 1000]})
    assert wait_for_end(child) == -9


def test_silence_is_judged_by_whether_it_was_up(start: Start) -> None:
    child = start()
    assert not child.is_silent(START_SECONDS)
    assert child.is_silent(START_SECONDS + 1)
    child.is_up = True
    assert not child.is_silent(2.0)
    assert child.is_silent(2.1)
    hear(child, now=10.0)
    assert not child.is_silent(12.0)


def test_a_kernel_without_room_is_an_error_that_leaves_nothing_open(start: Start) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = open_descriptors()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert open_descriptors() == before
