"""Measure: `python -m bench.run --help`.

All servers run at once, and one is asked at a time, in rounds with a turning order, so that what
the machine does besides meets all alike. dnsperf and the upstream have one core, the server that is
measured has another one where there are two.
"""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bench.measure import CLIENTS, OUTSTANDING, Measured, measure, memory_bytes, warm_up
from bench.names import ROOT, load_names
from bench.report import print_report, write_result
from bench.servers import START_BY_NAME, Server, Wanted, pinned, upstream
from bench.workloads import NAMES, Workload, write_workloads
from tests.support.peers import find


def main() -> None:
    """Run the benchmark that the command line asks for."""
    options = _parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))  # and the servers with it
    console = Console()
    dnsperf = find("dnsperf")
    if dnsperf is None or find("nsd") is None:
        raise SystemExit("bench: needs dnsperf and nsd; cure: apt install dnsperf nsd")
    names = load_names(options.popular, options.blocked)
    console.print(f"{len(names.popular):,} popular names: {names.popular_origin}")
    console.print(f"{len(names.blocked):,} blocked names: {names.blocked_origin}")

    cores = sorted(os.sched_getaffinity(0))
    load_core, server_core = (cores[0], cores[-1]) if len(cores) > 1 else (None, None)
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        workloads = write_workloads(
            names, options.workloads, options.rounds, options.queries, folder
        )
        with pinned(load_core):
            authority = stack.enter_context(upstream(folder / "nsd"))
        servers = []
        for server_name in options.servers:
            console.print(f"starting {server_name} …")
            wanted = Wanted(folder, names.blocked, authority)
            with pinned(server_core):
                servers.append(stack.enter_context(START_BY_NAME[server_name](wanted)))
        with pinned(load_core):
            measured = _rounds(console, dnsperf, servers, workloads, options)
        memory_by_server = {server.name: memory_bytes(server.pid) for server in servers}

    print_report(console, measured, memory_by_server)
    settings = {
        "servers": {server.name: server.version for server in servers},
        "popular_names": {"count": len(names.popular), "origin": names.popular_origin},
        "blocked_names": {"count": len(names.blocked), "origin": names.blocked_origin},
        "queries": options.queries,
        "dnsperf": {"clients": CLIENTS, "outstanding": OUTSTANDING, "seconds": options.seconds},
    }
    path = write_result(options.results, measured, memory_by_server, settings)
    console.print(f"written to {path}")


def _rounds(
    console: Console,
    dnsperf: str,
    servers: list[Server],
    workloads: list[Workload],
    options: argparse.Namespace,
) -> list[Measured]:
    repeated = [workload for workload in workloads if not workload.once]
    unseen = [workload for workload in workloads if workload.once]
    for server in servers:
        for workload in repeated:
            warm_up(dnsperf, server, workload)
    # Names never seen before come last: they push the popular ones out of the caches.
    rounds = [(number, workload) for number in range(options.rounds) for workload in repeated]
    rounds += list(enumerate(unseen))
    measured = []
    for number, workload in rounds:
        turn = number % len(servers)
        for server in servers[turn:] + servers[:turn]:
            figures = measure(dnsperf, server, workload, number, options.seconds)
            measured.append(figures)
            console.print(
                f"round {number + 1} {workload.name:8} {server.name:10}"
                f"{figures.queries_per_second:>10,.0f} queries/s"
                f"{figures.cpu_share:>6.0%} CPU{figures.lost:>6} lost"
            )
    return measured


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="filterdns beside its peers")
    servers, workloads = list(START_BY_NAME), list(NAMES)
    parser.add_argument("--servers", nargs="+", choices=servers, default=servers)
    parser.add_argument("--workloads", nargs="+", choices=workloads, default=workloads)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--queries", type=int, default=100_000, help="of each workload")
    parser.add_argument("--popular", type=int, default=10_000, help="how many names are allowed")
    parser.add_argument("--blocked", type=int, help="how many are blocked; default: all there are")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
