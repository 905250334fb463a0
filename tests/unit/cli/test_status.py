import json
from pathlib import Path

from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from tests.support.commands import Command, typed_to

LISTENING = (("127.0.0.1", 5300), ("::1", 5300))


def a_worker(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState(LISTENING, (), (WorkerProcess(7, True, 1),))
    running.upstreams.take(0, [["127.0.0.1:5353", "up", 0, 1.5, ""]])


def a_dead_worker(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState(LISTENING, (), (WorkerProcess(0, False, 1),))


def test_a_filter_is_described_in_a_few_lines(command: Command, tmp_path: Path) -> None:
    out = typed_to(tmp_path, command, "status", first=a_worker).out
    assert "listens on  127.0.0.1:5300, [::1]:5300" in out
    assert "worker 0    ready, pid 7, 1 restarts" in out
    assert "3 people, 2 policies" in out
    assert "upstream    127.0.0.1:5353 up, 1.5 ms" in out


def test_trouble_is_told_and_shows_in_the_exit_code(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "status", first=a_dead_worker)
    assert typed.code == 1
    assert "! worker 0 is not running" in typed.err


def test_json_holds_all_of_it(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "status", "--json", first=a_worker)
    found = json.loads(typed.out)
    assert found["listening"][0] == {"host": "127.0.0.1", "port": 5300}
    assert found["upstreams"][0]["name"] == "127.0.0.1:5353"
    assert typed.code == (1 if found["troubles"] else 0)
