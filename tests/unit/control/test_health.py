import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from filterdns.control.health import Health, is_alive, is_ready
from filterdns.control.refresh import build_lists
from filterdns.control.running import ReloadOutcome, RunningFilter
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from filterdns.control.watch import Watch
from tests.support.control import running_filter

HERE = (("127.0.0.1", 5300),)
READY, DEAD = WorkerProcess(7, True, 0), WorkerProcess(0, False, 3)
Happen = Callable[[RunningFilter], object]


def judged(
    folder: Path, judge: Callable[[RunningFilter], Health], state: SupervisorState, *happen: Happen
) -> Health:
    async def run() -> Health:
        async with running_filter(folder) as running:
            await build_lists(running)
            running.watch = Watch(time.monotonic())  # the build may have taken its time
            running.supervisor.state = state
            for each in happen:
                each(running)
            return judge(running)

    return asyncio.run(run())


def all_upstreams_are_down(running: RunningFilter) -> None:
    running.upstreams.take(0, [["192.0.2.1:53", "down", 3, 1.0, "no answer"]])


def one_upstream_is_down(running: RunningFilter) -> None:
    two = ["192.0.2.2:53", "up", 0, 1.0, ""]
    running.upstreams.take(0, [["192.0.2.1:53", "down", 3, 1.0, "no answer"], two])


def a_reload_was_refused(running: RunningFilter) -> None:
    problem = "config.yaml:7:3 people.mia-schmidt: no"
    running.last_reload = ReloadOutcome(running.clock.now(), [problem])


def the_end_has_come(running: RunningFilter) -> None:
    running.is_over.set()


SERVING = SupervisorState(HERE, (), (READY,))


def test_a_filter_that_serves_is_alive_and_ready(tmp_path: Path) -> None:
    assert judged(tmp_path, is_alive, SERVING) == Health(True, "ok", ())
    assert judged(tmp_path, is_ready, SERVING) == Health(True, "ready", ())


@pytest.mark.parametrize(
    ("state", "happen", "reason"),
    [
        (SupervisorState(), [], "starting"),
        (SupervisorState(HERE, (), (DEAD, DEAD)), [], "no worker is ready"),
        (SupervisorState((), (), (READY,)), [], "no address is listened on"),
        (SERVING, [the_end_has_come], "stopping"),
    ],
)
def test_it_is_not_ready_where_clients_are_not_answered(
    tmp_path: Path, state: SupervisorState, happen: list[Happen], reason: str
) -> None:
    assert judged(tmp_path, is_ready, state, *happen) == Health(False, "not ready", (reason,))


def test_it_is_not_ready_by_rules_that_are_out_of_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filterdns.control.watch.BEHIND_SECONDS", 0.0)
    health = judged(tmp_path, is_ready, SERVING)
    assert health == Health(False, "not ready", ("no worker goes by the rules in force",))


@pytest.mark.parametrize(
    ("state", "happen", "reason"),
    [
        (SERVING, all_upstreams_are_down, "no upstream answers"),
        (SERVING, one_upstream_is_down, "an upstream does not answer"),
        (SERVING, a_reload_was_refused, "the config on disk is not in force"),
        (SupervisorState(HERE, (), (READY, DEAD)), lambda _: None, "a worker does not answer"),
    ],
)
def test_what_is_degraded_is_ready_and_says_so_without_a_name(
    tmp_path: Path, state: SupervisorState, happen: Happen, reason: str
) -> None:
    health = judged(tmp_path, is_ready, state, happen)
    assert health == Health(True, "ready", (f"degraded: {reason}",))


def test_a_kind_of_trouble_is_said_once(tmp_path: Path) -> None:
    state = SupervisorState(HERE, ("cannot listen on a", "cannot listen on b"), (READY,))
    health = judged(tmp_path, is_ready, state)
    assert health.reasons == ("degraded: an address is not listened on",)


def test_it_fails_where_no_worker_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = SupervisorState(HERE, (), (DEAD,))
    assert judged(tmp_path, is_alive, dead).is_well  # the supervisor is at it
    monkeypatch.setattr("filterdns.control.watch.NO_WORKER_SECONDS", 0.0)
    assert not judged(tmp_path, is_alive, dead).is_well


def test_a_restart_is_no_cure_for_upstreams_that_are_down(tmp_path: Path) -> None:
    assert judged(tmp_path, is_alive, SERVING, all_upstreams_are_down).is_well


def test_the_answer_is_lines_or_json() -> None:
    health = Health(True, "ready", ("degraded: a", "degraded: b"))
    assert health.to_text() == "ready\ndegraded: a\ndegraded: b\n"
    assert health.to_values() == {"status": "ready", "reasons": ["degraded: a", "degraded: b"]}
