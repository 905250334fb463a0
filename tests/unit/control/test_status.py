import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from filterdns.control.refresh import build_lists
from filterdns.control.reload import reload
from filterdns.control.running import RunningFilter
from filterdns.control.status import read_lists, read_status, troubles
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from filterdns.errors import ConfigError
from tests.support.control import FAMILY, ScriptedWorker, eventually, running_filter

WITH_LIST = FAMILY.replace("categories: {", "categories: {drugs: {sources: ['file:list']}, ")


def test_a_filter_that_is_well_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.supervisor.state = SupervisorState(
                (("127.0.0.1", 5300),), (), (WorkerProcess(7, True, 0),)
            )
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: worker.version == running.in_force.version)
            await running.workers.flush()
            found = read_status(running)
            assert found["troubles"] == []
            assert found["listening"] == [{"host": "127.0.0.1", "port": 5300}]
            assert found["workers"] == [
                {
                    "number": 0,
                    "pid": 7,
                    "ready": True,
                    "restarts": 0,
                    "image": running.in_force.version,
                }
            ]
            assert (found["people"], found["policies"], found["places"]) == (3, 2, 1)
            assert found["lists"]["categories"]["adult"] >= 150
            worker.close()

    asyncio.run(run())


def a_socket_is_not_bound(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState((), ("cannot listen on 192.0.2.1:53",), ())


def a_worker_is_dead(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState((), (), (WorkerProcess(0, False, 3),))


def an_upstream_is_down(running: RunningFilter) -> None:
    running.upstreams.take(0, [["192.0.2.1:53", "down", 3, 1.0, "no answer"]])


def the_history_is_not_written(running: RunningFilter) -> None:
    running.recorder.trouble = "history is not written: disk full"


def a_build_has_failed(running: RunningFilter) -> None:
    running.lists.trouble = "disk full"


@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (a_socket_is_not_bound, "cannot listen on 192.0.2.1:53"),
        (a_worker_is_dead, "worker 0 is not running"),
        (an_upstream_is_down, "upstream 192.0.2.1:53 is down: no answer"),
        (the_history_is_not_written, "history is not written: disk full"),
        (a_build_has_failed, "lists: disk full"),
    ],
)
def test_trouble_is_told(
    tmp_path: Path, happen: Callable[[RunningFilter], None], expected: str
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            happen(running)
            assert troubles(running) == [expected]

    asyncio.run(run())


def test_a_list_that_is_missing_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("pills.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            assert "the list of drugs has not come yet" in troubles(running)
            (tmp_path / "list").unlink()
            await build_lists(running)
            assert any(trouble.startswith("list drugs file:") for trouble in troubles(running))
            sources = read_lists(running)["sources"]
            assert [each["name"] for each in sources if each["error"]] != []

    asyncio.run(run())


def test_a_refused_reload_is_told_until_one_succeeds(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.options.config.write_text("people: 7")
            with pytest.raises(ConfigError):
                await reload(running)
            assert "the last reload was refused" in troubles(running)[0]
            running.options.config.write_text(FAMILY)
            await reload(running)
            assert troubles(running) == []

    asyncio.run(run())
