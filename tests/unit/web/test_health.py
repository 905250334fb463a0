import json
from pathlib import Path

import pytest

from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from tests.support.site import asked


def serve(running: RunningFilter) -> None:
    worker = WorkerProcess(7, True, 0)
    running.supervisor.state = SupervisorState((("127.0.0.1", 5300),), (), (worker,))
    running.upstreams.take(0, [["192.0.2.1:53", "down", 3, 1.0, "no answer"]])


def test_a_filter_that_starts_is_alive_and_not_ready(tmp_path: Path) -> None:
    alive, ready = asked(tmp_path, "/healthz"), asked(tmp_path, "/readyz")
    assert (alive.code, alive.body) == (200, "ok\n")
    assert (ready.code, ready.body) == (503, "not ready\nstarting\n")
    assert ready.headers["Content-Type"].startswith("text/plain")
    assert ready.headers["Cache-Control"] == "no-store"


def test_what_is_degraded_has_the_code_of_what_is_ready(tmp_path: Path) -> None:
    ready = asked(tmp_path, "/readyz", first=serve)
    assert ready.code == 200
    assert ready.body.splitlines()[0] == "ready"
    assert "degraded: no upstream answers" in ready.body.splitlines()


@pytest.mark.parametrize(
    ("target", "accept"),
    [("/readyz?format=json", "*/*"), ("/readyz", "application/json"), ("/readyz", "text/plain")],
)
def test_json_comes_to_those_who_ask_for_it(tmp_path: Path, target: str, accept: str) -> None:
    answer = asked(tmp_path, target, accept=accept)
    assert answer.code == 503
    if accept == "text/plain":
        assert answer.body == "not ready\nstarting\n"
    else:
        assert json.loads(answer.body) == {"status": "not ready", "reasons": ["starting"]}


@pytest.mark.parametrize(("target", "code"), [("/healthz", 200), ("/readyz", 503)])
def test_head_has_the_code_alone(tmp_path: Path, target: str, code: int) -> None:
    answer = asked(tmp_path, target, "HEAD")
    assert (answer.code, answer.body) == (code, "")


def test_nothing_can_be_posted(tmp_path: Path) -> None:
    assert asked(tmp_path, "/healthz", "POST").code == 405
