"""Control has lists fetched by another process, hears of each, and does not wait forever."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.job import Fetched, FetchJob, FetchProgress, State
from filterdns.control.fetching import run_fetch
from filterdns.errors import BlocklistError
from tests.support.disks import frozen, slow_disk
from tests.support.fetching import FetchHouse
from tests.support.list_server import ListServer, Visit, silent, status, text

LIST = b"bad.example\n"


def job_of(folder: Path, server: ListServer, *paths: str) -> FetchJob:
    return FetchHouse(folder).job(*(server.url(path) for path in paths))


def test_what_became_of_each_list_is_returned_and_told(tmp_path: Path) -> None:
    said: list[FetchProgress | Fetched] = []
    with ListServer() as server:
        server.script("/good", text(LIST))
        server.script("/bad", status("404 Not Found"))
        job = job_of(tmp_path, server, "/good", "/bad")
        fetched = asyncio.run(run_fetch(job, said.append))
    assert {each.name: each.state for each in fetched} == {
        server.url("/good"): State.NEW,
        server.url("/bad"): State.FAILED,
    }
    assert [each for each in said if isinstance(each, Fetched)] == fetched
    assert any(isinstance(each, FetchProgress) for each in said)


def test_the_process_gives_way_and_ends_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    async def run(server: ListServer) -> None:
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()

        def answer(visit: Visit) -> None:
            loop.call_soon_threadsafe(asked.set)
            silent(visit)

        server.script("/list", answer)
        fetching = asyncio.ensure_future(run_fetch(job_of(tmp_path, server, "/list")))
        await asyncio.wait_for(asked.wait(), 30)
        [child] = children()
        assert os.getpriority(os.PRIO_PROCESS, child) >= 10
        fetching.cancel()
        await asyncio.wait({fetching})
        assert fetching.cancelled()
        assert not children()

    with ListServer() as server:
        asyncio.run(run(server))


def children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(word) for word in text.split()]


def test_a_process_that_fails_is_told(tmp_path: Path) -> None:
    job = FetchJob((), tmp_path, allowed_networks=("no network",))
    with pytest.raises(BlocklistError, match="the fetch got no job"):
        asyncio.run(run_fetch(job))


def test_a_fetch_that_a_disk_holds_up_is_given_up(tmp_path: Path) -> None:
    async def given_up(server: ListServer) -> float:
        with frozen(disk):
            started = time.monotonic()
            with pytest.raises(BlocklistError, match="has not moved for 6 s"):
                await run_fetch(job_of(disk, server, "/list"), silence_seconds=6)
            seconds = time.monotonic() - started
        [fetched] = await run_fetch(job_of(disk, server, "/list"))
        assert fetched.state is State.NEW
        return seconds

    with slow_disk(tmp_path / "disk") as disk, ListServer() as server:
        server.script("/list", text(LIST))
        assert asyncio.run(given_up(server)) < 30
