"""A log as a school has it after 30 days, written by the program's own code."""

import asyncio
import time
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from filterdns.history.rows import SECONDS_PER_HOUR, Key, Tally
from filterdns.history.store import Store

DAYS: Final = 30
BATCH_ROWS: Final = 5_000
DEVICES: Final = 100


def fill_history(path: Path, count: int) -> None:
    """Write *count* rows of the last 30 days into the database at *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_fill(path, count))


async def _fill(path: Path, count: int) -> None:
    random = Random("history")
    now = int(time.time())
    store = Store(path, lambda *_: None)
    rows = (_row(random, now, number, count) for number in range(count))
    try:
        while batch := dict(islice(rows, BATCH_ROWS)):
            await store.write(batch, time.time())
    finally:
        await store.close()


def _row(random: Random, now: int, number: int, count: int) -> tuple[Key, Tally]:
    seen = now - DAYS * 86_400 * (count - number) // count
    person = f"class-{random.randrange(50)}"
    device = f"d{random.randrange(DEVICES)}"
    name = f"n{number}.listed-{number % 977}.example"
    key = Key(seen // SECONDS_PER_HOUR, person, device, name, "adult", "A11", "block: adult")
    return key, Tally(seen, seen, random.randint(1, 40))
