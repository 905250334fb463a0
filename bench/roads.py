"""How long the roads of a query are, and in which rooms: `python -m bench.roads --help`.

The real engine answers on a real socket in this process. Its bytecodes and calls are counted, which
are the same on every machine, and its time is taken: the least of many wake-ups of 48 datagrams,
with the system calls that receive and send. Of a question that goes to an upstream the time of
this thread counts, while the upstream answers in another.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.report import make_console, print_tables
from bench.result import FOLDER, make_result, write_result
from bench.tables import tables_of
from tests.support.steps import FEW, LISTED, MANY, Road, Steps, question, travel

WAKE_UPS: Final = 100
ROOMS: Final = ("listeners", "resolver", "policy", "blocklists", "upstreams", "dns")
FORWARDED: Final = "forwarded, never asked before"


class Travelled(NamedTuple):
    """A road: what is asked for the number-th time behind its id, and how often it was before."""

    name: str
    tail: Callable[[int], bytes]
    asked_before: int


ROADS: Final = (
    Travelled("memo hit", lambda _: question("www.example.org"), 3),
    Travelled("memo hit of a blocked name", lambda _: question(f"www.{LISTED}"), 3),
    Travelled("cached, first hit", lambda number: question(f"n{number}.example.org"), 1),
    Travelled("blocked, first hit", lambda number: question(f"n{number}.{LISTED}"), 0),
)


def main() -> None:
    """Measure every road and write what was found."""
    parser = argparse.ArgumentParser(prog="bench.roads", description="how long a query's roads are")
    parser.add_argument("--wake-ups", type=int, default=WAKE_UPS)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--results", type=Path, default=FOLDER)
    options = parser.parse_args()
    console = make_console(is_error=options.json)
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name:
        result = make_result(
            "roads",
            "python -m bench.roads",
            rows=measure(Path(name), options.wake_ups),
            targets=[],
        )
    print_tables(console, tables_of(result))
    console.print(f"written to {write_result(options.results, result)}")
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def measure(folder: Path, wake_ups: int) -> list[dict[str, Any]]:
    """Return a row for each road: what one query costs, and its bytecodes by room."""
    rows: list[dict[str, Any]] = []

    async def scene(road: Road) -> None:
        for name, tail, asked_before in ROADS:
            tails = [tail(number) for number in range(FEW + MANY + wake_ups * MANY)]
            for each in dict.fromkeys(tails):
                await road.ask([each] * asked_before)
            steps = road.cost_of(tails[: FEW + MANY])
            rooms = road.opcodes_by_room()
            batches = range(FEW + MANY, len(tails), MANY)
            seconds = min(road.seconds_of(tails[start : start + MANY]) for start in batches)
            rows.append(_row(name, seconds, steps, rooms))
        tails = [question(f"f{number}.example.org") for number in range(len(tails))]
        steps = await road.cost_of_misses(tails[: FEW + MANY])
        rooms = road.opcodes_by_room()
        times = [await road.seconds_of_misses(tails[start : start + MANY]) for start in batches]
        rows.append(_row(FORWARDED, min(times), steps, rooms))

    travel(folder, scene)
    return rows


def _row(name: str, seconds: float, steps: Steps, rooms: dict[str, float]) -> dict[str, Any]:
    return {
        "road": name,
        "us": round(seconds / MANY * 1e6, 2),
        "opcodes": round(steps.opcodes, 1),
        "calls": round(steps.calls, 1),
        "rooms": {room: round(rooms.get(room, 0.0), 1) for room in ROOMS},
    }


if __name__ == "__main__":
    main()
