import asyncio
from pathlib import Path

import pytest

from filterdns.control.query_log import Wanted, follow_log, read_log
from filterdns.control.running import RunningFilter
from filterdns.errors import ControlError
from tests.support.control import ScriptedWorker, eventually, running_filter


def row(running: RunningFilter, name: str, count: int = 1) -> list[object]:
    now = int(running.clock.now())
    return ["mia", "tablet", name, "", "A10", f"block: {name}", now, now, count]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, Wanted()),
        ({"who": "mia", "since": "2h", "limit": "5"}, Wanted("mia", "", 7200, 5)),
        ({"category": "adult", "since": ""}, Wanted("", "adult")),
    ],
)
def test_what_is_wanted_is_read(texts: dict[str, str], expected: Wanted) -> None:
    assert Wanted.from_texts(texts) == expected


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [({"since": "yesterday"}, "since: .*write it like"), ({"limit": "0"}, "limit: write a number")],
)
def test_what_cannot_be_wanted_is_refused(texts: dict[str, str], complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        Wanted.from_texts(texts)


def test_what_the_workers_have_not_sent_yet_is_in_the_log(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: bool(running.workers.connected))
            worker.rows = [row(running, "games.example")]
            page = await read_log(running, Wanted(who="mia", since_seconds=60))
            assert [each.name for each in page.rows] == ["games.example"]
            worker.close()

    asyncio.run(run())


def test_a_follower_sees_rows_that_come_and_rows_that_grow(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            running.recorder.add([row(running, "a.example")], running.clock.now())
            page = await read_log(running, Wanted())
            rows = follow_log(running, Wanted(), page)
            assert (await anext(rows))["name"] == "a.example"
            running.recorder.add([row(running, "b.example")], running.clock.now())
            assert (await anext(rows))["name"] == "b.example"
            running.recorder.add([row(running, "a.example", 4)], running.clock.now())
            grown = await anext(rows)
            assert (grown["name"], grown["count"]) == ("a.example", 5)

    asyncio.run(run())


def test_a_follower_is_let_go_when_the_filter_ends(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            rows = follow_log(running, Wanted(), await read_log(running, Wanted()))
            running.is_over.set()
            assert [each async for each in rows] == []

    asyncio.run(run())
