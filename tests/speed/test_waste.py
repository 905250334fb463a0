"""What is answered at once makes no task and no future; a repeated answer leaves nothing behind."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.speed.bounds import GROWN_BLOCKS
from tests.support.steps import LISTED, MANY, Road, question, travel

HITS = 1_000
NAMES = {"passed on": "www.example.org", "blocked": f"www.{LISTED}"}


@contextmanager
def watched_loop() -> Iterator[list[str]]:
    """Note every task, future and timer that the running loop is asked for until the block ends."""
    loop: Any = asyncio.get_running_loop()
    made: list[str] = []

    def watch(name: str) -> None:
        original = getattr(loop, name)

        def noted(*arguments: Any, **named: Any) -> Any:
            made.append(name)
            return original(*arguments, **named)

        setattr(loop, name, noted)

    names = ("create_task", "create_future", "call_later", "call_at", "call_soon")
    for name in names:
        watch(name)
    try:
        yield made
    finally:
        for name in names:
            delattr(loop, name)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_memo_hit_makes_no_task_and_no_future(name: str, tmp_path: Path) -> None:
    async def scene(road: Road) -> None:
        await road.ask([question(name)] * 3)
        with watched_loop() as made:
            assert len(road.wake_up([question(name)] * MANY)) == MANY
        assert made == []
        assert counted(road)["udp", "memo"] >= MANY

    travel(tmp_path, scene)


def test_a_cached_answer_makes_no_task_and_no_future(tmp_path: Path) -> None:
    tails = [question(f"n{number}.example.org") for number in range(MANY)]

    async def scene(road: Road) -> None:
        await road.ask(tails)
        with watched_loop() as made:
            assert len(road.wake_up(tails)) == MANY
        assert made == []
        assert counted(road)["udp", "cached"] == MANY

    travel(tmp_path, scene)


def test_a_blocked_name_makes_no_task_and_no_future(tmp_path: Path) -> None:
    tails = [question(f"n{number}.{LISTED}") for number in range(MANY)]

    async def scene(road: Road) -> None:
        with watched_loop() as made:
            assert len(road.wake_up(tails)) == MANY
        assert made == []
        assert counted(road)["udp", "blocked"] == MANY

    travel(tmp_path, scene)


def test_what_an_upstream_is_asked_makes_no_task_either(tmp_path: Path) -> None:
    tails = [question(f"n{number}.example.org") for number in range(MANY)]

    async def scene(road: Road) -> None:
        await road.ask([question("first.example.org")])  # has the sockets to the upstream opened
        with watched_loop() as made:
            assert road.wake_up(tails) == []
        assert not {"create_task", "create_future"} & set(made)

    travel(tmp_path, scene)


def test_the_watch_sees_a_task() -> None:
    async def scene() -> None:
        with watched_loop() as made:
            await asyncio.create_task(asyncio.sleep(0))
        assert "create_task" in made

    asyncio.run(scene())


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_thousand_memo_hits_leave_nothing_behind(name: str, tmp_path: Path) -> None:
    async def scene(road: Road) -> None:
        tails = [question(name)] * MANY
        await road.ask(tails[:3])
        for _ in range(3):
            road.wake_up(tails)
        gc.collect()
        gc.disable()
        try:
            before = sys.getallocatedblocks()
            for _ in range(HITS // MANY + 1):
                assert len(road.wake_up(tails)) == MANY
            grown = sys.getallocatedblocks() - before
        finally:
            gc.enable()
        assert counted(road)["udp", "memo"] >= HITS
        assert grown <= GROWN_BLOCKS

    travel(tmp_path, scene)


def counted(road: Road) -> dict[tuple[str, ...], int]:
    """Return how many queries went by which road, by transport and outcome."""
    taken = road.engine.counters.take()
    return {labels: count for metric, labels, count in taken if metric == "filterdns_queries_total"}
