import asyncio
from collections.abc import Callable
from pathlib import Path

from filterdns import __version__
from filterdns.blocklists.job import State
from filterdns.clock import ClockState
from filterdns.control.disk import DiskState
from filterdns.control.metrics_page import metrics_page
from filterdns.control.refresh import build_lists
from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import (
    SpareProcess,
    SupervisorState,
    WorkerProcess,
)
from filterdns.control.troubles import Kind
from filterdns.history.metric_table import CONTROL_METRICS
from filterdns.listeners.buffers import BufferState
from tests.support.control import ScriptedWorker, eventually, running_filter

DOCS = Path(__file__).parents[3] / "docs"


STATE = SupervisorState(
    (("127.0.0.1", 53), ("::1", 53)),
    (),
    (WorkerProcess(7, True, 2), WorkerProcess(0, False, 5)),
    SpareProcess(8, True),
    (
        BufferState("127.0.0.1", 53, 0, 212_992, 3),
        BufferState("::1", 53, 0, 4_194_304, 4),
        BufferState("127.0.0.1", 53, 1, 0, 1),
    ),
)


def page(folder: Path, happen: Callable[[RunningFilter], object] = lambda _: None) -> str:
    async def run() -> bytes:
        async with running_filter(folder) as running:
            await build_lists(running)
            running.supervisor.state = STATE
            happen(running)
            return metrics_page(running)

    return asyncio.run(run()).decode()


def test_every_metric_of_the_control_process_has_a_value(tmp_path: Path) -> None:
    lines = [line for line in page(tmp_path).splitlines() if not line.startswith("#")]
    named = {line.partition(" ")[0].partition("{")[0] for line in lines}
    counted_when_it_happens = {
        "filterdns_config_reloads_total",
        "filterdns_blocklist_popular_blocked_ratio",
        "filterdns_blocklist_labelled_blocked_ratio",
    }
    assert {metric.name for metric in CONTROL_METRICS} - named <= counted_when_it_happens


def test_the_version_and_the_lists_are_on_the_page(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert f'filterdns_build_info{{version="{__version__}"}} 1.0' in text
    assert 'filterdns_blocklist_entries{category="gambling"}' in text


def test_nobody_is_named(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert not any(name in text for name in ("mia", "tablet", "games.example"))


def test_processes_are_counted(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "filterdns_workers 0.0" in text  # none is connected here
    assert 'filterdns_worker_restarts_total{worker="0"} 2.0' in text
    assert 'filterdns_worker_restarts_total{worker="1"} 5.0' in text
    assert "filterdns_spare_ready 1.0" in text


def test_a_spare_is_no_worker(tmp_path: Path) -> None:
    async def run() -> str:
        async with running_filter(tmp_path) as running:
            running.supervisor.state = STATE
            path = running.options.folders.workers_socket
            family = [ScriptedWorker(path, number) for number in range(3)]
            assert await eventually(lambda: len(running.workers.connected) == 3)
            text = metrics_page(running).decode()
            for each in family:
                each.close()
            return text

    assert "filterdns_workers 2.0" in asyncio.run(run())


def test_queues_are_told_by_worker(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert 'filterdns_udp_dropped_total{worker="0"} 7.0' in text
    assert 'filterdns_udp_dropped_total{worker="1"} 1.0' in text
    assert 'filterdns_udp_buffer_bytes{worker="0"} 212992.0' in text
    assert 'filterdns_udp_buffer_bytes{worker="1"}' not in text  # nothing is bound


def test_the_room_on_the_disk_is_told(tmp_path: Path) -> None:
    def have_room(running: RunningFilter) -> None:
        running.disk.state = DiskState("/var/lib/filterdns", 12_000, 30_000)

    assert "filterdns_disk_free_bytes 12000.0" in page(tmp_path, have_room)


def test_every_kind_of_trouble_is_there_whether_or_not_it_is(tmp_path: Path) -> None:
    text = page(tmp_path)
    found = {kind: f'filterdns_trouble{{kind="{kind}"}} 1.0' in text for kind in Kind}
    assert [kind for kind, is_there in found.items() if is_there] == [Kind.WORKER]
    assert all(f'filterdns_trouble{{kind="{kind}"}} ' in text for kind in Kind)


def test_an_old_config_shows(tmp_path: Path) -> None:
    def degrade(running: RunningFilter) -> None:
        running.degraded = "mia-schmidt has no policy"

    text = page(tmp_path, degrade)
    assert "filterdns_degraded 1.0" in text
    assert "mia" not in text
    assert "filterdns_degraded 0.0" in page(tmp_path)


def test_the_state_of_the_clock_is_one_of_three(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert 'filterdns_clock_state{state="synchronised"} 1.0' in text
    assert 'filterdns_clock_state{state="waiting"} 0.0' in text
    assert 'filterdns_clock_state{state="unsynchronised"} 0.0' in text


def test_every_kind_and_state_is_documented() -> None:
    rows = (DOCS / "metrics.md").read_text().splitlines()
    [kinds] = [row for row in rows if row.startswith("| `kind` |")]
    [states] = [row for row in rows if row.startswith("| `state` |")]
    assert all(f"`{kind}`" in kinds for kind in Kind)
    assert all(f"`{state}`" in states for state in (*ClockState, *State))
