import asyncio
import time

import pytest

from filterdns.steps import TURN_SECONDS, Steps, at_once, gather, in_turns


def counting(to: int) -> Steps[int]:
    for _ in range(to):
        yield
    return to


def failing() -> Steps[int]:
    yield
    raise ZeroDivisionError


def test_steps_end_in_what_they_make() -> None:
    assert at_once(counting(3)) == 3
    assert at_once(gather("abc")) == ["a", "b", "c"]
    assert asyncio.run(in_turns(counting(3))) == 3


def test_what_is_gathered_takes_a_step_an_item() -> None:
    assert len(list(gather(range(10)))) == 10


def test_an_error_ends_the_steps() -> None:
    with pytest.raises(ZeroDivisionError):
        at_once(failing())
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_turns(failing()))


def test_while_steps_are_taken_others_get_their_turn() -> None:
    async def run() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        await in_turns(counting(100_000))
        task.cancel()
        return turns

    assert asyncio.run(run()) > 2


def test_whoever_is_busy_meanwhile_gets_most_of_the_time() -> None:
    """Counted in turns, each of a certain length, so a slow machine changes nothing."""

    def slow(steps: int) -> Steps[None]:
        for _ in range(steps):
            time.sleep(TURN_SECONDS)
            yield

    async def run() -> int:
        turns = 0

        def work() -> None:
            nonlocal turns
            turns += 1
            time.sleep(TURN_SECONDS / 3)
            again[0] = loop.call_soon(work)

        loop = asyncio.get_running_loop()
        again = [loop.call_soon(work)]
        await in_turns(slow(20))
        again[0].cancel()
        return turns

    assert asyncio.run(run()) >= 20 * 2
