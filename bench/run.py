"""Measure filterdns beside unbound and dnsmasq: `python -m bench.run --help`.

All servers run at once, and one is asked at a time, in rounds with a turning order, so that what
the machine does besides meets all alike. The load and the upstream have one core, the server that
is measured has another one where there are two.
"""

import argparse
import json
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench.measure import CLIENTS, OUTSTANDING
from bench.names import load_names
from bench.plot import plot_rates, why_no_plot
from bench.progress import Progress
from bench.ratios import Ratio, ratios
from bench.report import make_console, print_tables
from bench.result import FOLDER, Result, judged_as_json, make_result, write_result
from bench.rounds import NOT_ASKED, Rounds, order
from bench.servers import pinned
from bench.stage import SERVERS, Stage, cores, missing, need_load, open_stage
from bench.tables import tables_of
from bench.targets import judge
from bench.workloads import NAMES, write_workloads

FULL: Final = {"names": 1_000_000, "queries": 100_000, "rounds": 3, "seconds": 4.0}
QUICK: Final = {"names": 300_000, "queries": 30_000, "rounds": 2, "seconds": 2.0}
HOME_NAMES: Final = 1_000_000
NOT_QUICK: Final = ("home",)
LARGE_NAMES: Final = 5_000_000


def main() -> None:
    """Run the benchmark that the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))  # and the servers with it
    console = make_console(is_error=options.json)
    need_load()
    began = time.monotonic()
    result = run(console, options)
    print_tables(console, tables_of(result))
    path = write_result(options.results, result)
    console.print(f"written to {path} after {time.monotonic() - began:.0f} s")
    if why := why_no_plot():
        console.print(f"no plot: {why}")
    else:
        plot_rates(result, path.with_suffix(".svg"))
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def run(console: Console, options: argparse.Namespace) -> Result:
    """Measure, and return all that was found."""
    absent = missing(options.servers)
    servers = [name for name in options.servers if name not in absent]
    names = load_names(options.popular, options.names)
    notes = [f"{name} is not installed, and is left out." for name in absent]
    notes += [
        f"{len(names.popular):,} allowed names: {names.popular_origin}.",
        f"{len(names.blocked):,} blocked names: {names.blocked_origin}.",
    ]
    notes += [
        reason
        for (server, workload), reason in NOT_ASKED.items()
        if server in servers and workload in options.only
    ]
    for note in notes:
        console.print(note)
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name:
        folder = Path(name)
        workloads = write_workloads(names, options.only, options.rounds, options.queries, folder)
        # Each popular name twice, A and AAAA.
        to_cache = 2 * options.popular + options.rounds * options.queries
        opened = open_stage(console, names, servers, folder, to_cache)
        with opened as stage, pinned(cores()[0]):
            rounds = Rounds(stage, options.seconds)
            planned = order(workloads, options.rounds)
            rounds.run(Progress(console, len(planned)), planned)
            return _result(stage, rounds, notes, options)


def _result(stage: Stage, rounds: Rounds, notes: list[str], options: argparse.Namespace) -> Result:
    servers = {
        server.name: {
            "version": server.version,
            "first_answer_seconds": server.first_answer_seconds,
            "blocking_seconds": server.blocking_seconds,
            "built": server.built,
            "memory": rounds.memory_by_server[server.name]._asdict(),
        }
        for server in stage.servers
    }
    found = ratios(rounds.measured)
    settings = {key: getattr(options, key) for key in (*FULL, "popular")}
    return make_result(
        "run",
        shlex.join(["python", "-m", "bench.run", *sys.argv[1:]]),
        settings={**settings, "clients": CLIENTS, "outstanding": OUTSTANDING},
        notes=notes,
        servers=servers,
        targets=judged_as_json(judge(figures(found, servers, options.names), "run")),
        ratios=[{**each._asdict(), "rounds": list(each.rounds)} for each in found],
        measured=[each._asdict() for each in rounds.measured],
        latencies=[each._asdict() for each in rounds.latencies],
    )


def figures(found: list[Ratio], servers: dict[str, Any], names: int) -> dict[str, float]:
    """Return what this run can say of the targets; too few names say nothing of memory."""
    by_key = {ratio.key: ratio.value for ratio in found}
    own = servers.get("filterdns")
    if own is None:
        return by_key
    built = own["built"]
    if names >= HOME_NAMES:
        by_key["bytes_a_name"] = built["bytes_a_name"]
    if names == HOME_NAMES:
        by_key["home_memory"] = own["memory"]["pss"] / 1e6
    if names >= LARGE_NAMES:
        by_key["start_5m"] = own["first_answer_seconds"]
        by_key["build_5m"] = built["seconds"]
        by_key["build_memory_5m"] = built["largest_process_bytes"] / 1e6
    return by_key


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.run", description="filterdns beside its peers")
    parser.add_argument(
        "--quick", action="store_true", help="300,000 names, 2 rounds of 2 s, no `home`"
    )
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--only", type=_workloads, help=",".join(NAMES))
    parser.add_argument("--names", type=int, help="how many are blocked")
    parser.add_argument("--popular", type=int, default=10_000, help="how many are allowed")
    parser.add_argument("--queries", type=int, help="of each workload")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the result goes")
    parser.add_argument("--json", action="store_true", help="print the result")
    options = parser.parse_args(words)
    if options.only is None:
        options.only = [name for name in NAMES if not (options.quick and name in NOT_QUICK)]
    for key, value in (QUICK if options.quick else FULL).items():
        if getattr(options, key) is None:
            setattr(options, key, value)
    return options


def _workloads(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := set(wanted) - set(NAMES):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not among {NAMES}")
    return [name for name in NAMES if name in wanted]


if __name__ == "__main__":
    main()
