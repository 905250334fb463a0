"""A task is kept, named, ended, and its error is seen."""

import asyncio

import pytest

from filterdns.tasks import Tasks


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise ValueError("of the task")


def test_a_task_is_named_after_what_it_runs_and_kept_until_it_ends() -> None:
    async def run() -> None:
        tasks = Tasks()
        task = tasks.spawn(asyncio.sleep(0))
        assert (task.get_name(), len(tasks)) == ("sleep", 1)
        await task
        await asyncio.sleep(0)
        assert len(tasks) == 0

    asyncio.run(run())


def test_an_error_of_a_task_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        tasks = Tasks()
        tasks.spawn(fail())
        await tasks.finish(grace_seconds=5)

    asyncio.run(run())
    assert "fail ended by an error" in caplog.text
    assert "of the task" in caplog.text


def test_a_task_that_ends_in_time_is_not_cancelled() -> None:
    async def run() -> bool:
        tasks = Tasks()
        task = tasks.spawn(asyncio.sleep(0))
        await tasks.finish(grace_seconds=5)
        return task.cancelled()

    assert not asyncio.run(run())


def test_what_has_not_ended_within_the_grace_time_is_cancelled() -> None:
    async def run() -> bool:
        tasks = Tasks()
        task = tasks.spawn(wait_for_ever())
        await tasks.finish(grace_seconds=0)
        return task.cancelled()

    assert asyncio.run(run())
