import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import (
    SpareProcess,
    SupervisorState,
    WorkerProcess,
)
from filterdns.listeners.buffers import BufferState
from tests.support.commands import Command, typed_to

LISTENING = (("127.0.0.1", 5300), ("::1", 5300))
ALL_WELL = "filterdns: all is well"


def a_worker(running: RunningFilter) -> None:
    worker = WorkerProcess(os.getpid(), True, 1)
    running.supervisor.state = SupervisorState(LISTENING, (), (worker,))
    running.upstreams.take(0, [["127.0.0.1:5353", "up", 0, 1.5, ""]])
    nothing_is_waited_for(running)


def a_dead_worker(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState(LISTENING, (), (WorkerProcess(0, False, 1),))


def a_school(running: RunningFilter) -> None:
    addresses = tuple((f"10.12.{number}.1", 53) for number in range(40))
    troubles = tuple(f"cannot listen on 10.13.{number}.1:53" for number in range(40))
    workers = tuple(WorkerProcess(os.getpid(), True, 0) for _ in range(16))
    running.supervisor.state = SupervisorState(addresses, troubles, workers)
    servers = [[f"192.0.2.{number}:53", "up", 0, 1.5, ""] for number in range(20)]
    running.upstreams.take(0, servers)


def nothing_is_waited_for(running: RunningFilter) -> None:
    running.in_force.rules.ruleset.pending.clear()  # type: ignore[attr-defined]


def test_the_verdict_comes_first(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "status", first=a_worker)
    assert (typed.code, typed.err) == (0, "")
    assert typed.out.splitlines()[0] == ALL_WELL


def test_a_filter_is_described_in_a_few_lines(command: Command, tmp_path: Path) -> None:
    out = typed_to(tmp_path, command, "status", first=a_worker).out
    assert "  listens on  127.0.0.1:5300, [::1]:5300\n" in out
    assert re.search(rf"; worker 0 {os.getpid()} for \d+ (s|min|h|d), 1 restart\n", out)
    assert "3 people, 2 policies, 1 group; in force for 0 s" in out
    assert "  upstreams   1 of 1 up: 127.0.0.1:5353 1.5 ms\n" in out
    assert "  lists       none yet\n" in out


def test_troubles_come_next_and_show_in_the_exit_code(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "status", first=a_dead_worker)
    lines = typed.out.splitlines()
    assert typed.code == 1
    assert re.fullmatch(r"filterdns: \d+ things need a look", lines[0])
    assert lines[1].startswith("  ! worker 0 is not running; it is started again")


def test_what_is_many_is_counted(command: Command, tmp_path: Path) -> None:
    def first(running: RunningFilter) -> None:
        a_school(running)
        nothing_is_waited_for(running)

    lines = typed_to(tmp_path, command, "status", first=first).out.splitlines()
    assert len(lines) <= 23  # of 24 on the smallest terminal
    assert "  ! and 30 more; --json has them all" in lines
    assert max(map(len, lines)) < 400
    assert any(line.endswith("10.12.5.1:53 and 34 more") for line in lines)
    assert any("20 of 20 up" in line and line.endswith("and 14 more") for line in lines)
    assert any(line.endswith("in all 16 of 16 workers are ready") for line in lines)


def queues(*buffers: BufferState) -> Callable[[RunningFilter], None]:
    def first(running: RunningFilter) -> None:
        a_worker(running)
        state = running.supervisor.state
        running.supervisor.state = state._replace(buffers=buffers, spare=SpareProcess(77, True))

    return first


def test_queues_are_told_with_what_was_asked_and_lost(command: Command, tmp_path: Path) -> None:
    small, large = BufferState("::1", 53, 0, 212_992, 7), BufferState("::1", 53, 1, 4 << 20, 2)
    well = BufferState("127.0.0.1", 53, 0, 4 << 20, 0)
    first = queues(well, small, large)
    out = typed_to(tmp_path, command, "status", first=first).out
    expected = "213 kB of 4.2 MB granted; 9 queries lost since the start: [::1]:53 9\n"
    assert f"  queues      {expected}" in out
    assert "; spare 77\n" in out
    found = json.loads(typed_to(tmp_path, command, "status", "--json", first=first).out)
    assert found["spare"]["ready"]
    assert found["buffers"][1] == {
        "host": "::1",
        "port": 53,
        "worker": 0,
        "granted_bytes": 212_992,
        "dropped": 7,
        "asked_bytes": 4 << 20,
    }


def test_the_clock_is_told(command: Command, tmp_path: Path) -> None:
    out = typed_to(tmp_path, command, "status", first=a_worker).out
    assert re.search(r"\n  clock       synchronised, \d{4}-\d\d-\d\d \d\d:", out)


def test_an_old_report_is_marked(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filterdns.cli.status.OLD_REPORT_SECONDS", -1.0)
    out = typed_to(tmp_path, command, "status", first=a_worker).out
    assert "127.0.0.1:5353 1.5 ms (as of 0 s ago)" in out


def test_an_upstream_that_has_never_answered_has_no_time(command: Command, tmp_path: Path) -> None:
    def first(running: RunningFilter) -> None:
        running.upstreams.take(0, [["127.0.0.1:5353", "up", 0, 0.0, ""]])

    out = typed_to(tmp_path, command, "status", first=first).out
    assert "1 of 1 up: 127.0.0.1:5353 no answer yet\n" in out


def test_json_holds_all_of_it(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "status", "--json", first=a_worker)
    found = json.loads(typed.out)
    assert found["listening"][0] == {"host": "127.0.0.1", "port": 5300}
    assert found["upstreams"][0]["name"] == "127.0.0.1:5353"
    assert (typed.code, found["troubles"]) == (0, [])


def test_no_filter_has_an_exit_code_of_its_own(command: Command, tmp_path: Path) -> None:
    typed = command("status", "--dir", tmp_path)
    assert (typed.code, typed.out) == (3, "")
    assert "no filter answers at" in typed.err


@contextmanager
def hanging_filter(folder: Path) -> Iterator[None]:
    """A control process that stands still: the kernel takes connections, nobody reads them."""
    (folder / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "run" / "control.sock"))
        listener.listen()
        yield


@pytest.mark.timeout(20)
def test_a_filter_that_hangs_is_told_within_seconds(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filterdns.cli.status.PATIENCE_SECONDS", 0.3)
    with hanging_filter(tmp_path):
        typed = command("status", "--dir", tmp_path)
    assert typed.code == 3
    assert "has not answered for" in typed.err
    assert "workers may answer queries all the same" in typed.err
