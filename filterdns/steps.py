"""Long work in steps: a generator that yields where others may have their turn.

What it makes is its value, so steps are put together with `yield from`. A step has a bound: it is a
record, a person or a name, never all of them.
"""

import asyncio
import time
from collections.abc import Generator, Iterable
from typing import Final, TypeVar

Made = TypeVar("Made")
Steps = Generator[None, None, Made]

TURN_SECONDS: Final = 0.001  # with the step that exceeds it, less than 2 ms for others to wait
SHARE_OF_OTHERS: Final = 3  # turns of ours that they get, if they have so much to do
_IDLE_SECONDS: Final = 0.0001  # a turn of the loop in which nothing was to be done


def at_once(steps: Steps[Made]) -> Made:
    """Take all *steps* and return what they make."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made


async def in_turns(steps: Steps[Made]) -> Made:
    """Take *steps* and return what they make; the loop gets its turn every `TURN_SECONDS`.

    Whoever is busy in it, as with queries, gets three quarters of the time.
    """
    until = time.perf_counter() + TURN_SECONDS
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made
        if time.perf_counter() >= until:
            await _let_others_work()
            until = time.perf_counter() + TURN_SECONDS


async def _let_others_work() -> None:
    given = 0.0
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0)
        took = time.perf_counter() - began
        given += took
        if took < _IDLE_SECONDS or given >= SHARE_OF_OTHERS * TURN_SECONDS:
            return


def gather(items: Iterable[Made]) -> Steps[list[Made]]:
    """Make a list of *items*, one a step."""
    gathered = []
    for item in items:
        gathered.append(item)
        yield
    return gathered
