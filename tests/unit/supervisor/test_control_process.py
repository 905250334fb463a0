"""How the control process is kept; its life under the supervisor is told in test_supervisor.py."""

import json
import resource
import select
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from filterdns.supervisor.control_process import BUFFERS_SECONDS, HEALTHY_SECONDS, ControlProcess

PATIENCE_SECONDS = 20


@pytest.fixture
def heard_file(tmp_path: Path) -> Path:
    return tmp_path / "heard"


@pytest.fixture
def control(heard_file: Path) -> Iterator[ControlProcess]:
    control = ControlProcess("tests.support.tiny_control", [str(heard_file), "{}", "-"], 60.0)
    yield control
    if control.child is not None:
        control.kill()
        end(control, 0.0)


def end(control: ControlProcess, now: float) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (code := control.reap(now)) is not None:
            return code
        time.sleep(0.01)
    raise AssertionError("it has not ended")


def heard(file: Path, count: int) -> list[dict[str, object]]:
    """Return what it was told, once that is *count* messages."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not file.exists() or len(file.read_text().splitlines()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return [json.loads(line) for line in file.read_text().splitlines()]


def bring_up(control: ControlProcess, now: float) -> None:
    control.start(now)
    assert control.child is not None
    assert control.child.channel is not None
    select.select([control.child.channel], [], [], PATIENCE_SECONDS)
    control.child.hear(now)
    control.child.is_up = True


def test_each_failure_makes_the_next_start_later(control: ControlProcess) -> None:
    waits = []
    for _ in range(3):
        control.start(control.starts.due_at)
        control.kill()
        assert end(control, 1.0) == -9
        waits.append(control.starts.due_at - 1.0)
    assert waits == pytest.approx([0.05, 0.1, 0.2])
    control.start(control.starts.due_at - 0.01)
    assert control.child is None


def test_after_a_healthy_life_it_starts_again_at_once(control: ControlProcess) -> None:
    control.start(100.0)
    control.kill()
    end(control, 100.0 + HEALTHY_SECONDS + 1)
    assert control.starts.failures == 1


def test_one_that_does_not_move_is_killed(control: ControlProcess) -> None:
    bring_up(control, 0.0)
    assert control.reap(60.0) is None
    assert end(control, 60.1) == -9


def test_state_is_told_when_it_is_news_and_queues_every_five_seconds(
    control: ControlProcess, heard_file: Path
) -> None:
    control.tell_state({"troubles": []}, list, 10.0)  # to nobody
    bring_up(control, 10.0)
    said = [
        (10.0, "a", [1]),
        (10.1, "a", [2]),  # queues alone: later
        (11.0, "b", [3]),
        (11.0 + BUFFERS_SECONDS, "b", [4]),
        (12.0 + 2 * BUFFERS_SECONDS, "b", [4]),  # nothing has changed
    ]
    for now, trouble, buffers in said:
        control.tell_state({"troubles": [trouble]}, partial(list, buffers), now)
    control.tell({"t": "end"})
    assert [(each.get("troubles"), each.get("buffers")) for each in heard(heard_file, 4)] == [
        (["a"], [1]),
        (["b"], [3]),
        (["b"], [4]),
        (None, None),
    ]


def test_who_is_born_anew_is_told_all_again(control: ControlProcess, heard_file: Path) -> None:
    for count in (1, 2):
        bring_up(control, 100.0 * count)
        control.tell_state({"troubles": []}, list, 100.0 * count)
        heard(heard_file, count)
        control.kill()
        end(control, 100.0 * count)


def test_a_kernel_without_room_is_a_failure(control: ControlProcess) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        control.start(1.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert control.child is None
    assert control.starts.due_at > 1.0
