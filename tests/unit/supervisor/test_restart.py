"""The way to the turn; that itself is proved with the real program in tests/e2e/test_restart.py."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from filterdns.supervisor.control_process import ControlProcess
from filterdns.supervisor.handover import Inheritance
from filterdns.supervisor.restart import CONTROL_GRACE_SECONDS, Restart
from filterdns.supervisor.signals import Signals

PATIENCE_SECONDS = 20
NOTHING = Inheritance({}, [])


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlProcess]:
    control = ControlProcess("tests.support.tiny_control", [str(tmp_path / "heard"), "{}", "-"], 60)
    control.start(0.0)
    yield control
    control.kill()
    while control.child is not None:
        control.reap(0.0)


def restart_to(control: ControlProcess, folder: Path, body: str) -> Restart:
    program = folder / "filterdns"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return Restart({"FILTERDNS_SERVE": json.dumps([str(program), "serve"])}, [], control)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.01)
    return False


def heard(folder: Path) -> list[dict[str, object]]:
    file = folder / "heard"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_it_is_due_once_the_program_is_tried_and_control_has_ended(
    control: ControlProcess, tmp_path: Path
) -> None:
    restart = restart_to(control, tmp_path, "exit 0")
    restart.wish(1.0)
    assert not restart.is_turning
    assert eventually(lambda: restart.is_due(1.0) or restart.is_turning)
    assert eventually(lambda: control.reap(1.0) == 0)
    assert restart.is_due(1.0)
    assert heard(tmp_path) == [{"t": "restart", "problems": []}, {"t": "stop"}]


def test_control_that_does_not_end_is_not_waited_for(
    control: ControlProcess, tmp_path: Path
) -> None:
    restart = restart_to(control, tmp_path, "exit 0")
    assert control.child is not None
    os.kill(control.child.pid, signal.SIGSTOP)
    restart.wish(1.0)
    assert eventually(lambda: restart.is_due(1.0) or restart.is_turning)
    assert not restart.is_due(1.0 + CONTROL_GRACE_SECONDS)
    assert restart.is_due(1.1 + CONTROL_GRACE_SECONDS)
    assert eventually(lambda: control.reap(1.0) == -9)


def test_a_program_that_would_not_start_is_refused_in_its_words(
    control: ControlProcess, tmp_path: Path
) -> None:
    restart = restart_to(control, tmp_path, "echo no such module; exit 1")
    restart.wish(1.0)
    refusal = {"t": "restart", "problems": ["no such module"]}
    assert eventually(lambda: restart.is_due(1.0) or heard(tmp_path) == [refusal])
    assert not restart.is_turning
    assert control.child is not None


def test_who_was_not_started_by_serve_says_so(control: ControlProcess, tmp_path: Path) -> None:
    Restart({}, [], control).wish(1.0)
    assert eventually(lambda: "filterdns serve" in str(heard(tmp_path)))


def test_signals_that_came_before_the_turn_are_heard_first(
    control: ControlProcess, tmp_path: Path
) -> None:
    restart = restart_to(control, tmp_path, "exit 0")
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        assert restart.turn(NOTHING, signals) == [signal.SIGTERM]
        assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_turn_that_fails_is_refused_and_all_goes_on(
    control: ControlProcess, tmp_path: Path
) -> None:
    restart = restart_to(control, tmp_path, "exit 0")
    (tmp_path / "filterdns").unlink()
    with Signals() as signals:
        assert restart.turn(NOTHING, signals) == []
        assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert not restart.is_turning
    assert eventually(lambda: "No such file" in str(heard(tmp_path)))


def test_a_trial_that_is_cancelled_is_ended(control: ControlProcess, tmp_path: Path) -> None:
    restart = restart_to(control, tmp_path, "exec sleep 60")
    restart.wish(1.0)
    restart.cancel()
    assert eventually(lambda: restart.is_due(1.0) or bool(heard(tmp_path)))
