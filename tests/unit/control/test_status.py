import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.refresh import build_lists
from filterdns.control.running import RunningFilter
from filterdns.control.status import read_lists, read_status
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from tests.support.control import FAMILY, ScriptedWorker, eventually, running_filter

WITH_LIST = FAMILY.replace("categories: {", "categories: {malware: {sources: ['file:list']}, ")


def with_filter(folder: Path, look: Callable[[RunningFilter], Any], body: str = FAMILY) -> Any:
    async def run() -> Any:
        async with running_filter(folder, body) as running:
            await build_lists(running)
            return look(running)

    return asyncio.run(run())


def test_a_filter_that_is_well_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.supervisor.state = SupervisorState(
                (("127.0.0.1", 5300),), (), (WorkerProcess(os.getpid(), True, 2),)
            )
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: worker.version == running.in_force.version)
            await running.workers.flush()
            found = read_status(running)
            assert found["troubles"] == []
            assert found["listening"] == [{"host": "127.0.0.1", "port": 5300}]
            [one] = found["workers"]
            assert (one["number"], one["pid"]) == (0, os.getpid())
            assert (one["ready"], one["restarts"]) == (True, 2)
            assert one["image"] == running.in_force.version
            assert (found["people"], found["policies"], found["places"]) == (3, 2, 1)
            assert found["lists"]["categories"]["adult"] >= 150
            worker.close()

    asyncio.run(run())


def test_processes_tell_since_when_they_run(tmp_path: Path) -> None:
    def look(running: RunningFilter) -> None:
        running.supervisor.state = SupervisorState(
            (), (), (WorkerProcess(os.getpid(), True, 0), WorkerProcess(0, False, 1))
        )
        found = read_status(running)
        control = found["control"]
        assert control["pid"] == os.getpid()
        assert 0 < found["now"] - control["since"] < 3_600
        assert found["supervisor"]["pid"] == os.getppid()
        tick = 1 / os.sysconf("SC_CLK_TCK")  # both may have started in the same one
        assert found["supervisor"]["since"] < control["since"] + tick
        assert found["workers"][0]["since"] == pytest.approx(control["since"], abs=1)
        assert found["workers"][1]["since"] is None

    with_filter(tmp_path, look)


def test_the_clock_is_told_with_what_is_certain(tmp_path: Path) -> None:
    def look(running: RunningFilter) -> None:
        clock = read_status(running)["clock"]
        assert clock["state"] == "synchronised"
        assert clock["last_seen"] is None  # nothing has been written yet
        assert clock["floor"] <= clock["now"] == pytest.approx(running.clock.now(), abs=5)
        running.last_seen.at = 1_800_000_000.0
        assert read_status(running)["clock"]["last_seen"] == 1_800_000_000.0

    with_filter(tmp_path, look)


def test_a_report_of_an_upstream_tells_when_it_was_made(tmp_path: Path) -> None:
    def look(running: RunningFilter) -> None:
        running.upstreams.take(0, [["192.0.2.1:53", "up", 0, 1.0, ""]])
        [upstream] = read_status(running)["upstreams"]
        assert upstream.keys() == {"name", "state", "failures", "rtt_ms", "why", "as_of"}
        assert upstream["as_of"] == pytest.approx(running.clock.now(), abs=1)

    with_filter(tmp_path, look)


def test_lists_tell_when_they_were_built(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("pills.example\n# none\n0.0.0.0 a..example\n")
    os.utime(tmp_path / "list", (1, 1))

    def look(running: RunningFilter) -> None:
        found = read_lists(running)
        assert found["built_at"] == pytest.approx(running.clock.now(), abs=60)
        [malware] = [each for each in found["sources"] if each["category"] == "malware"]
        assert malware["compiled_at"] == pytest.approx(running.clock.now(), abs=60)
        assert malware["examples"] == {"no domain name": ["line 3: 0.0.0.0 a..example"]}

    with_filter(tmp_path, look, WITH_LIST)


def test_a_list_that_was_never_read_has_its_error(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("pills.example\n")

    async def run() -> None:
        async with running_filter(tmp_path, WITH_LIST) as running:
            (tmp_path / "list").unlink()
            await build_lists(running)
            [failed] = [each for each in read_lists(running)["sources"] if each["error"]]
            assert failed["category"] == "malware"
            assert "names" not in failed

    asyncio.run(run())
