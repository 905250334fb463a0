"""What a query costs when a house grows: `python -m bench.growth --help`.

One number is changed at a time, all others are those of a usual house. Each house is a filter of
its own with one worker; a crowd keeps 100 queries outstanding, and the CPU time of the worker alone
is divided by the answers. That is steadier than a rate, whoever else uses the machine.
"""

import argparse
import json
import shlex
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from bench.crowd_process import ask_as_crowd
from bench.names import Names, load_names
from bench.own_server import Filter, worker_pids
from bench.plot import plot_lines, why_no_plot
from bench.processes import own_cpu_seconds, own_memory
from bench.progress import Progress
from bench.report import make_console, print_tables
from bench.result import FOLDER, Result, make_result, write_result
from bench.servers import Upstream, Wanted, pinned, upstream
from bench.shapes import AXES, Shape, shape_at, write_people, write_plan
from bench.stage import cores, missing
from bench.tables import tables_of

RUNS: Final = 3
WARMING_PASSES: Final = 4
POPULAR: Final = 1_000


class House(NamedTuple):
    """A house to measure, with its files in *folder*."""

    shape: Shape
    names: Names
    folder: Path


def main() -> None:
    """Run what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    if lacking := missing(("nsd",)):
        raise SystemExit(f"bench: {lacking[0]} not found; cure: apt install nsd")
    console = make_console(is_error=options.json)
    wanted = points(options.only, options.largest)
    result = run(wanted, options, Progress(console, len(wanted)))
    print_tables(console, tables_of(result))
    path = write_result(options.results, result)
    console.print(f"written to {path}")
    if why := why_no_plot():
        console.print(f"no plot: {why}")
    else:
        plot_lines(path.with_suffix(".svg"), lines(result), "how many", "µs of CPU a query")
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def points(only: list[str], largest: int) -> list[tuple[str, int]]:
    """Return axes and values; no list is longer than *largest*."""
    found = [(axis, value) for axis in AXES if axis in only for value in AXES[axis]]
    return [(axis, value) for axis, value in found if axis != "listed" or value <= largest]


def run(wanted: list[tuple[str, int]], options: argparse.Namespace, progress: Progress) -> Result:
    """Measure at each point; what stands on several axes is measured once."""
    found: dict[Shape, dict[str, Any]] = {}
    names: dict[int, Names] = {}
    rows = []
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="filterdns-bench-"))
        stack.enter_context(pinned(cores()[0]))
        authority = stack.enter_context(upstream(Path(name) / "nsd"))
        for axis, value in wanted:
            shape = shape_at(axis, value)
            if shape not in found:
                folder = Path(name) / str(len(found))
                folder.mkdir()
                if shape.listed not in names:
                    names[shape.listed] = load_names(POPULAR, shape.listed)
                house = House(shape, names[shape.listed], folder)
                found[shape] = _measure(house, authority, options.seconds)
                shutil.rmtree(folder)
            rows.append({"axis": axis, "value": value, **found[shape]})
            progress.step(f"{axis:10}{value:>12,} {found[shape]['us_a_query']:8.1f} µs")
    notes = [
        "All else is that of the usual house: "
        + ", ".join(f"{key} {value:,}" for key, value in Shape()._asdict().items())
        + ".",
        "Listed names beyond those of public lists are generated.",
    ]
    command = shlex.join(["python", "-m", "bench.growth", *sys.argv[1:]])
    return make_result("growth", command, notes=notes, targets=[], rows=rows)


def _measure(house: House, authority: Upstream, seconds: float) -> dict[str, Any]:
    shape, names, folder = house
    own = Filter(Wanted(folder, names.blocked, authority.endpoint, 0))
    own.write_config(write_people(shape, folder / "people"), cache_mib=shape.cache_mib)
    plan = write_plan(shape, names, folder / "plan")
    with ExitStack() as stack:
        with pinned(cores()[1]):
            own.build()
            server = stack.enter_context(own.running())
        for _ in range(WARMING_PASSES):
            ask_as_crowd(server.endpoint, plan, None)
        [worker] = worker_pids(server)
        costs = []
        for _ in range(RUNS):
            before = own_cpu_seconds(worker)
            asked = ask_as_crowd(server.endpoint, plan, seconds)
            costs.append((own_cpu_seconds(worker) - before) / asked.answered * 1e6)
        return {
            "us_a_query": round(median(costs), 2),
            "rounds": [round(cost, 2) for cost in costs],
            "lost": asked.lost,
            "worker_private_bytes": own_memory(worker).private,
            "first_answer_seconds": server.first_answer_seconds,
        }


def lines(result: Result) -> dict[str, list[tuple[float, float]]]:
    """Return the points of each axis."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in result["rows"]:
        found.setdefault(row["axis"], []).append((row["value"], row["us_a_query"]))
    return found


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.growth", description="the cost of a query")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(AXES), help=",".join(AXES)
    )
    parser.add_argument("--largest", type=int, default=3_000_000, help="of the lists, in names")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true", help="print the result")
    options = parser.parse_args(words)
    if unknown := set(options.only) - set(AXES):
        parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(AXES)}")
    return options


if __name__ == "__main__":
    main()
