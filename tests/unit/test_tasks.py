"""Tasks are named, kept, and their errors are seen."""

import asyncio
import gc
import logging

import pytest

from filterdns.tasks import Tasks


async def nothing() -> None:
    return


async def breaks() -> None:
    raise ZeroDivisionError


def test_a_task_is_named_after_its_coroutine_and_forgotten_when_it_ends() -> None:
    async def scene() -> None:
        tasks = Tasks()
        task = tasks.spawn(nothing())
        assert (task.get_name(), len(tasks)) == ("nothing", 1)
        await task
        assert len(tasks) == 0

    asyncio.run(scene())


def test_a_task_that_nobody_else_holds_is_kept() -> None:
    """The loop itself keeps weak references alone."""

    async def scene() -> None:
        tasks, ended = Tasks(), asyncio.Event()

        async def waits_for_nobody() -> None:
            await asyncio.get_running_loop().create_future()

        async def ends() -> None:
            ended.set()

        tasks.spawn(waits_for_nobody())
        tasks.spawn(ends())
        await ended.wait()
        await asyncio.sleep(0)  # its end is noted one turn later
        gc.collect()
        assert len(tasks) == 1
        await tasks.cancel()

    asyncio.run(scene())


def test_an_error_is_told_with_the_name_of_the_task(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        tasks = Tasks()
        tasks.spawn(breaks())
        await tasks.finish(5)

    with caplog.at_level(logging.ERROR):
        asyncio.run(scene())
    (record,) = caplog.records
    assert record.getMessage() == "breaks ended by an error"
    assert record.exc_info


def test_finish_waits_for_what_ends_and_cancels_what_does_not() -> None:
    async def scene() -> None:
        tasks = Tasks()
        event = asyncio.Event()
        done = []

        async def ends() -> None:
            await event.wait()
            done.append("ends")

        async def hangs() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                done.append("cancelled")
                raise

        tasks.spawn(ends())
        tasks.spawn(hangs())
        asyncio.get_running_loop().call_soon(event.set)
        await tasks.finish(0.05)
        assert done == ["ends", "cancelled"]
        assert len(tasks) == 0

    asyncio.run(scene())


def test_finish_and_cancel_have_nothing_to_do_without_tasks() -> None:
    async def scene() -> None:
        tasks = Tasks()
        await tasks.finish(5)
        await tasks.cancel()

    asyncio.run(scene())


def test_cancelling_says_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        tasks = Tasks()
        tasks.spawn(nothing())
        await tasks.cancel()

    with caplog.at_level(logging.DEBUG, "filterdns"):
        asyncio.run(scene())
    assert caplog.records == []
