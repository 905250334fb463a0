import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.reports import take_report
from filterdns.control.running import RunningFilter
from tests.support.control import running_filter


def with_running(folder: Path, do: Callable[[RunningFilter], Any]) -> Any:
    async def run() -> Any:
        async with running_filter(folder) as running:
            return do(running)

    return asyncio.run(run())


def test_each_report_comes_to_who_keeps_it(tmp_path: Path) -> None:
    def take(running: RunningFilter) -> None:
        row = ["mia", "tablet", "games.example", "", "A10", "block: games.example", 1, 1, 1]
        take_report(running, 0, {"t": "records", "rows": [row]})
        take_report(running, 0, {"t": "metrics", "values": [["filterdns_client_slots", [], 7]]})
        upstream = ["127.0.0.1:5353", "down", 3, 0.0, "timeout"]
        take_report(running, 0, {"t": "upstreams", "values": [upstream]})
        assert running.recorder.pending_rows == 1
        assert b'filterdns_client_slots{worker="0"} 7.0' in running.metrics.page()
        assert running.upstreams.worst_by_name()["127.0.0.1:5353"].state == "down"

    with_running(tmp_path, take)


@pytest.mark.parametrize("message", [{"t": "gossip"}, {}, {"t": "upstreams", "values": 7}])
def test_what_no_worker_sends_is_refused(tmp_path: Path, message: dict[str, Any]) -> None:
    def take(running: RunningFilter) -> None:
        with pytest.raises(ValueError, match="no "):
            take_report(running, 0, message)

    with_running(tmp_path, take)


def test_an_error_of_ours_is_a_traceback_and_not_the_end_of_the_link(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def take(running: RunningFilter) -> None:
        whole, running.metrics = running.metrics, None  # type: ignore[assignment]
        take_report(running, 1, {"t": "metrics", "values": []})
        running.metrics = whole

    with_running(tmp_path, take)
    assert "internal error: the metrics of worker 1 are lost" in caplog.text
    assert "Traceback" in caplog.text
