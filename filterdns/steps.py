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


def at_once(steps: Steps[Made]) -> Made:
    """Take all *steps* and return what they make."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made


async def in_turns(steps: Steps[Made]) -> Made:
    """Take *steps* and return what they make; the loop gets its turn every `TURN_SECONDS`."""
    until = time.perf_counter() + TURN_SECONDS
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made
        if time.perf_counter() >= until:
            await asyncio.sleep(0)
            until = time.perf_counter() + TURN_SECONDS


def gather(items: Iterable[Made]) -> Steps[list[Made]]:
    """Make a list of *items*, one a step."""
    gathered = []
    for item in items:
        gathered.append(item)
        yield
    return gathered
