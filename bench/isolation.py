"""What clients feel of the control process at work: `python -m bench.isolation --help`.

A crowd asks the mix of a school at a steady rate. Meanwhile one thing after the other happens;
before each of them the same is measured in calm. Nothing is pinned to a core: the kernel shares
them out as it does for everybody.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.crowd_process import Counted, ask_as_crowd, crowd
from bench.disturbances import DISTURBANCES, Disturbance, House
from bench.history_rows import fill_history
from bench.names import load_names
from bench.own_server import Filter
from bench.processes import busy_seconds, cpu_seconds, own_cpu_seconds
from bench.progress import Progress
from bench.report import make_console, print_tables
from bench.result import FOLDER, Result, judged_as_json, make_result, write_result
from bench.servers import Wanted, upstream
from bench.stage import missing
from bench.tables import tables_of
from bench.targets import judge
from bench.workloads import write_workloads
from soak.settings import disk_that_freezes
from tests.support.peers import find

DISK_BYTES: Final = 3 << 30


class Row(NamedTuple):
    """One disturbance beside the calm before it."""

    disturbance: Disturbance
    calm: Counted
    disturbed: Counted
    done: str
    figure: float
    worker_cpu_share: float
    other_cpu_share: float
    """What everybody used but the crowd, the filter, and its upstream."""

    @property
    def p99_ratio(self) -> float:
        """How many times longer the slowest hundredth waited."""
        return self.disturbed.p99_us / self.calm.p99_us if self.calm.p99_us else 0.0


def main() -> None:
    """Run what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    if lacking := missing(("nsd",)):
        raise SystemExit(f"bench: {lacking[0]} not found; cure: apt install nsd")
    console = make_console(is_error=options.json)
    progress = Progress(console, len(options.only))
    result = run(options, progress)
    print_tables(console, tables_of(result))
    console.print(f"written to {write_result(options.results, result)}")
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def run(options: argparse.Namespace, progress: Progress) -> Result:
    """Let happen what is asked for, and return what clients felt."""
    names = load_names(options.popular, options.names)
    notes = [
        f"{options.rate:,.0f} queries a second from 5,000 addresses under 50 policies.",
        f"{options.names:,} blocked names from 50 lists: {names.blocked_origin}.",
        f"{options.log_rows:,} rows of 30 days in the log.",
    ]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        [school] = write_workloads(names, ["school"], 1, options.queries, folder)
        disk = None
        if os.geteuid() == 0 and find("fsfreeze"):
            disk = stack.enter_context(disk_that_freezes(folder, DISK_BYTES)).disk
        else:
            notes.append("The log's disk was not stalled: that needs root and fsfreeze.")
        authority = stack.enter_context(upstream(folder / "nsd"))
        own = Filter(Wanted(folder, names.blocked, authority.endpoint, 0), lists=50)
        own.build()
        fill_history(own.folder / "state" / "history.db", options.log_rows)
        server = stack.enter_context(own.running())
        own.enter_school()
        for _ in range(2):
            ask_as_crowd(server.endpoint, school.path, None)
        house = House(own, server, authority.pid, disk, options.seconds, options.index_names)
        for disturbance in _possible(options.only, disk):
            row = _disturb(house, disturbance, school.path, options)
            rows.append(row)
            progress.step(
                f"{disturbance.name:16} p99 {row.disturbed.p99_us:>8,.0f} µs,"
                f" in calm {row.calm.p99_us:>8,.0f} µs, {row.disturbed.lost} lost"
            )
    return _result(rows, notes)


def _possible(only: Sequence[str], disk: Path | None) -> list[Disturbance]:
    return [each for each in DISTURBANCES if each.name in only and (disk or not each.needs_disk)]


def _disturb(
    house: House, disturbance: Disturbance, plan: Path, options: argparse.Namespace
) -> Row:
    endpoint = house.server.endpoint
    with crowd(endpoint, plan, options.rate) as asking:
        house.wait(options.seconds)
        calm = asking.stop()
    disturbance.prepare(house)
    [worker] = house.worker_pids
    with crowd(endpoint, plan, options.rate) as asking:
        before = _used(house, worker)
        done, figure = disturbance.act(house)
        used = [now - earlier for now, earlier in zip(_used(house, worker), before, strict=True)]
        disturbed = asking.stop()
    seconds, worker_seconds, filter_seconds, busy = used
    others = busy - filter_seconds - disturbed.cpu_share * seconds
    shares = (round(each / seconds, 3) for each in (worker_seconds, max(0.0, others)))
    return Row(disturbance, calm, disturbed, done, figure, *shares)


def _used(house: House, worker: int) -> tuple[float, float, float, float]:
    """Return the time, and CPU seconds of the worker, of the filter, and of everybody."""
    filter_seconds = cpu_seconds(house.server.pid) + cpu_seconds(house.upstream_pid)
    return time.monotonic(), own_cpu_seconds(worker), filter_seconds, busy_seconds()


def _result(rows: list[Row], notes: list[str]) -> Result:
    figures: dict[str, float] = {}
    if rows:
        figures["load_lost"] = sum(row.disturbed.lost for row in rows)
        figures["load_p99"] = max(row.p99_ratio for row in rows)
    figures |= {row.disturbance.target: row.figure for row in rows if row.disturbance.target}
    return make_result(
        "isolation",
        shlex.join(["python", "-m", "bench.isolation", *sys.argv[1:]]),
        notes=notes,
        targets=judged_as_json(judge(figures, "isolation")),
        rows=[_as_json(row) for row in rows],
    )


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.disturbance.name,
        "sentence": row.disturbance.sentence,
        "done": row.done,
        "worker_cpu_share": row.worker_cpu_share,
        "other_cpu_share": row.other_cpu_share,
        "p99_ratio": round(row.p99_ratio, 2),
        "calm": row.calm._asdict(),
        "disturbed": row.disturbed._asdict(),
    }


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    every = [each.name for each in DISTURBANCES]
    parser = argparse.ArgumentParser(prog="bench.isolation", description="control at work")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=every, help=",".join(every)
    )
    parser.add_argument("--rate", type=float, default=20_000, help="queries a second")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--names", type=int, default=1_000_000, help="how many are blocked")
    parser.add_argument("--index-names", type=int, default=5_000_000, help="of the new index")
    parser.add_argument("--log-rows", type=int, default=200_000)
    parser.add_argument("--popular", type=int, default=10_000, help="how many are allowed")
    parser.add_argument("--queries", type=int, default=30_000, help="in the plan of the crowd")
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true", help="print the result")
    options = parser.parse_args(words)
    if unknown := set(options.only) - set(every):
        parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(every)}")
    return options


if __name__ == "__main__":
    main()
