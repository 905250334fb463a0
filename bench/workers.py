"""Several workers against one, and what they share: `python -m bench.workers --help`.

Speed: filters with one and with two workers run at once and are asked the mix in turn by 32
clients, because the kernel shares clients out among the sockets of the workers. On a machine with
two cores the load takes what the second worker would: there, only queries per CPU second of the
workers say something.

Memory: filters with one, two and four workers and a large index, beside one with a small index.

Seams: a school's filter with `log: blocked` and with `log: none`, one after the other, several
times. The log is read at the end of each run, so that all rows have gone up and are written.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console

from bench.measure import ask
from bench.names import Names, load_names
from bench.own_server import Filter, house_people, school_people, worker_pids
from bench.processes import memory_of, own_cpu_seconds, own_memory, with_module
from bench.report import make_console, print_tables
from bench.result import FOLDER, judged_as_json, make_result, write_result
from bench.servers import Server, Wanted, pinned, upstream
from bench.stage import cores, need_load
from bench.tables import tables_of
from bench.targets import judge
from bench.workloads import Workload, write_workloads
from tests.support.peers import Endpoint

CLIENTS: Final = 32
CORES_FOR_TWO: Final = 4  # two workers, the load, and the rest
SMALL_NAMES: Final = 1_000


def main() -> None:
    """Run what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    need_load()
    console = make_console(is_error=options.json)
    figures: dict[str, float] = {}
    found: dict[str, list[dict[str, Any]]] = {"speed": [], "memory": [], "seams": []}
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        with pinned(cores()[0]):
            authority = stack.enter_context(upstream(folder / "nsd")).endpoint
        names = load_names(10_000, options.names)
        wanted = ["mix", "allowed", "school"]
        mix, allowed, school = write_workloads(names, wanted, 1, 30_000, folder)
        if "speed" in options.only:
            console.print("one worker against two …")
            found["speed"] = _speed(names, mix, folder, authority, options)
            notes += _judge_speed(found["speed"], figures)
        if "seams" in options.only:
            console.print("with a log and without …")
            found["seams"] = _seams(names, school, folder, authority, options)
        if "memory" in options.only:
            found["memory"] = _memory(console, allowed, folder, authority, options)
            figures |= _judge_memory(found["memory"])
    command = shlex.join(["python", "-m", "bench.workers", *sys.argv[1:]])
    targets = judged_as_json(judge(figures, "workers"))
    result = make_result("workers", command, notes=notes, targets=targets, **found)
    print_tables(console, tables_of(result))
    console.print(f"written to {write_result(options.results, result)}")
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def _speed(
    names: Names, mix: Workload, folder: Path, authority: Endpoint, options: argparse.Namespace
) -> list[dict[str, Any]]:
    with ExitStack() as stack:
        servers = [
            (
                count,
                stack.enter_context(_filter(folder / f"speed-{count}", names, authority, count)),
            )
            for count in (1, 2)
        ]
        for _, server in servers:
            for _ in range(2 * len(servers)):
                ask(server, mix, clients=CLIENTS)
        rounds: dict[int, list[dict[str, Any]]] = {count: [] for count, _ in servers}
        for number in range(options.rounds):
            for count, server in servers[:: 1 if number % 2 else -1]:
                rounds[count].append(_one_round(server, mix, options.seconds))
    return [{"workers": count, **_median_round(each)} for count, each in rounds.items()]


def _one_round(server: Server, mix: Workload, seconds: float) -> dict[str, Any]:
    workers = worker_pids(server)
    before = [own_cpu_seconds(pid) for pid in workers]
    asked = ask(server, mix, seconds, clients=CLIENTS)
    used = [own_cpu_seconds(pid) - at for pid, at in zip(workers, before, strict=True)]
    answered = asked.queries_per_second * asked.run_seconds
    return {
        "queries_per_second": asked.queries_per_second,
        "per_cpu_second": answered / sum(used),
        "shares": [each / sum(used) for each in used],
        "lost": asked.lost,
    }


def _median_round(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "queries_per_second": median(each["queries_per_second"] for each in rounds),
        "per_cpu_second": median(each["per_cpu_second"] for each in rounds),
        "shares": rounds[-1]["shares"],
        "lost": sum(each["lost"] for each in rounds),
    }


def _judge_speed(speed: list[dict[str, Any]], figures: dict[str, float]) -> list[str]:
    one, two = speed
    ratio = two["queries_per_second"] / one["queries_per_second"]
    efficiency = two["per_cpu_second"] / one["per_cpu_second"]
    count = len(os.sched_getaffinity(0))
    said = (
        f"Two workers answer {ratio:.2f} × what one does, and {efficiency:.2f} × as much for each"
        f" CPU second; the machine has {count} cores."
    )
    if count >= CORES_FOR_TWO:
        figures["workers"] = ratio
        return [said]
    return [f"{said} The load needs one of them: with more, it would be {2 * efficiency:.2f} ×."]


def _seams(
    names: Names, school: Workload, folder: Path, authority: Endpoint, options: argparse.Namespace
) -> list[dict[str, Any]]:
    rounds: dict[str, list[dict[str, Any]]] = {"blocked": [], "none": []}
    (folder / "seams").mkdir()
    own = Filter(Wanted(folder / "seams", names.blocked, authority, 0))
    own.build()
    with pinned(cores()[1]):
        running = own.running()
    with running as server:
        for _ in range(options.rounds):
            for log, found in rounds.items():
                own.write_config(school_people(), log=log)
                own.reload()
                for _ in range(2):
                    ask(server, school)
                own.read_log()
                found.append(_cost_round(own, server, school, options.seconds))
    return [
        {"log": log, **{key: median(each[key] for each in found) for key in found[0]}}
        for log, found in rounds.items()
    ]


def _cost_round(own: Filter, server: Server, school: Workload, seconds: float) -> dict[str, float]:
    [worker], [control] = worker_pids(server), with_module(server.pid, "filterdns.app")
    before = own_cpu_seconds(worker), own_cpu_seconds(control)
    asked = ask(server, school, seconds)
    own.read_log()
    answered = asked.queries_per_second * asked.run_seconds
    return {
        "queries_per_second": asked.queries_per_second,
        "worker_us": (own_cpu_seconds(worker) - before[0]) / answered * 1e6,
        "control_us": (own_cpu_seconds(control) - before[1]) / answered * 1e6,
    }


def _memory(
    console: Console,
    allowed: Workload,
    folder: Path,
    authority: Endpoint,
    options: argparse.Namespace,
) -> list[dict[str, Any]]:
    rows = []
    for listed, counts in ((SMALL_NAMES, [1]), (options.index_names, options.counts)):
        console.print(f"building an index of {listed:,} names …")
        place = folder / f"memory-{listed}"
        place.mkdir()
        own = Filter(Wanted(place, load_names(10, listed).blocked, authority, 0))
        index_bytes = own.build()["index_bytes"]
        for count in counts:
            console.print(f"memory with {count} workers …")
            own.workers = count
            own.write_config(house_people())
            with own.running() as server:
                # What neither list has: the same work for both.
                ask(server, allowed, clients=CLIENTS)
                rows.append(
                    {
                        "names": listed,
                        "workers": count,
                        "index_bytes": index_bytes,
                        **_shared(server),
                    }
                )
    return rows


def _shared(server: Server) -> dict[str, Any]:
    workers = with_module(server.pid, "filterdns.worker")
    return {
        "pss": memory_of(server.pid).pss,
        "private": [own_memory(pid).private for pid in workers],
    }


def _judge_memory(memory: list[dict[str, Any]]) -> dict[str, float]:
    """Return what the first worker has for itself beyond one with a small index."""
    small, large = memory[0], memory[1]
    if large["names"] < 5_000_000:
        return {}
    return {"private_5m": (large["private"][0] - small["private"][0]) / 1e6}


@contextmanager
def _filter(folder: Path, names: Names, authority: Endpoint, workers: int) -> Iterator[Server]:
    folder.mkdir()
    own = Filter(Wanted(folder, names.blocked, authority, 0), workers=workers)
    own.build()
    with own.running() as server:
        yield server


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    every = ["speed", "seams", "memory"]
    parser = argparse.ArgumentParser(prog="bench.workers", description="one worker, and more")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=every, help=",".join(every)
    )
    parser.add_argument("--names", type=int, default=300_000, help="blocked, for speed and seams")
    parser.add_argument("--index-names", type=int, default=5_000_000, help="blocked, for memory")
    parser.add_argument(
        "--counts", type=int, nargs="+", default=[1, 2, 4], help="of workers, for memory"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true", help="print the result")
    options = parser.parse_args(words)
    if unknown := set(options.only) - set(every):
        parser.error(f"{', '.join(sorted(unknown))}: not among {', '.join(every)}")
    return options


if __name__ == "__main__":
    main()
