"""One measurement: a load asks, and the CPU time of the server is read before and after.

The load is dnsperf; for `school`, whose clients have thousands of addresses, it is `bench.crowd`.
"""

import re
import resource
import subprocess
from statistics import quantiles
from typing import NamedTuple

from bench.crowd_process import ask_as_crowd
from bench.processes import TICKS_PER_SECOND, busy_seconds, cpu_seconds
from bench.servers import Server
from bench.workloads import Kind, Workload

CLIENTS = 4
OUTSTANDING = 100
FULL_CORE = 0.95
LATENCY_RATE = 10_000
TIMEOUT_SECONDS = 2


class Measured(NamedTuple):
    """What one server did with one workload in one round."""

    round: int
    workload: str
    server: str
    queries_per_second: float
    lost: int
    """Queries without an answer within two seconds."""
    failed: int
    """Answers that were SERVFAIL or REFUSED."""
    cpu_share: float
    """CPU seconds of all processes of the server, for each second of the run."""
    load_cpu_share: float
    upstream_cpu_share: float
    other_cpu_share: float
    """CPU seconds of everybody else on the machine: none, where it is quiet."""
    mean_latency_us: float

    @property
    def queries_per_cpu_second(self) -> float:
        """How many queries the server would answer with a core for itself."""
        return self.queries_per_second / self.cpu_share if self.cpu_share else 0.0

    @property
    def is_cpu_bound(self) -> bool:
        """Whether the server, not the load, was the limit."""
        return self.cpu_share >= FULL_CORE


class Latency(NamedTuple):
    """How long the answers of one server took while *rate* queries a second were asked."""

    workload: str
    server: str
    rate: int
    p50_us: float
    p99_us: float
    lost: int


class Asked(NamedTuple):
    """What a load says of one run."""

    queries_per_second: float
    lost: int
    failed: int
    run_seconds: float
    load_cpu_share: float
    mean_latency_us: float


def measure(
    server: Server, upstream_pid: int, workload: Workload, number: int, seconds: float
) -> Measured:
    """Ask *server* the queries of *workload* for *seconds*; *number* is the round's."""
    pids = (server.pid, upstream_pid)
    before, busy_before = [cpu_seconds(pid) for pid in pids], busy_seconds()
    asked = ask(server, workload, seconds)
    used = [cpu_seconds(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
    load_used = asked.load_cpu_share * asked.run_seconds
    others = max(0.0, busy_seconds() - busy_before - sum(used) - load_used)
    return Measured(
        number,
        workload.name,
        server.name,
        round(asked.queries_per_second, 1),
        asked.lost,
        asked.failed,
        round(max(used[0], 1 / TICKS_PER_SECOND) / asked.run_seconds, 4),
        round(asked.load_cpu_share, 4),
        round(used[1] / asked.run_seconds, 4),
        round(others / asked.run_seconds, 4),
        round(asked.mean_latency_us, 1),
    )


def measure_latency(server: Server, workload: Workload, seconds: float) -> Latency:
    """Ask *server* at `LATENCY_RATE` for *seconds*, so that nobody waits in a queue of 100.

    dnsperf 2.10 knows no percentiles, but tells with -v how long each query took.
    """
    rate = LATENCY_RATE
    if workload.kind is Kind.CROWD:
        said = ask_as_crowd(server.endpoint, workload.path, seconds, rate=rate)
        return Latency(workload.name, server.name, rate, said.p50_us, said.p99_us, said.lost)
    text = _run_dnsperf(server, workload, "-l", f"{seconds:g}", "-Q", str(rate), "-v")
    taken = [float(found) * 1e6 for found in re.findall(r"^> \w+ \S+ \w+ ([\d.]+)$", text, re.M)]
    cuts = quantiles(taken, n=100)
    lost = int(_figure(text, r"Queries lost: +(\d+)"))
    return Latency(workload.name, server.name, rate, round(cuts[49]), round(cuts[98]), lost)


def warm_up(server: Server, workload: Workload) -> None:
    """Ask everything twice, so that what can be cached is cached and known as asked for again."""
    for _ in range(2):
        ask(server, workload)


def ask(
    server: Server,
    workload: Workload,
    seconds: float | None = None,
    *,
    clients: int = CLIENTS,
) -> Asked:
    """Ask for *seconds*, or until every query was asked once."""
    if workload.kind is Kind.CROWD:
        crowd = ask_as_crowd(server.endpoint, workload.path, seconds)
        return Asked(
            crowd.answered / crowd.seconds,
            crowd.lost,
            crowd.failed,
            crowd.seconds,
            crowd.cpu_share,
            crowd.mean_us,
        )
    length = [] if seconds is None else ["-l", f"{seconds:g}"]
    if seconds is None or workload.is_asked_once:
        length += ["-n", "1"]
    before = _load_cpu_seconds()
    text = _run_dnsperf(server, workload, *length, clients=clients)
    load_used = _load_cpu_seconds() - before
    run_seconds = _figure(text, r"Run time \(s\): +([\d.]+)")
    codes = dict(re.findall(r"(SERVFAIL|REFUSED) (\d+)", text))
    return Asked(
        _figure(text, r"Queries per second: +([\d.]+)"),
        int(_figure(text, r"Queries lost: +(\d+)")),
        sum(map(int, codes.values())),
        run_seconds,
        load_used / run_seconds,
        1e6 * _figure(text, r"Average Latency \(s\): +([\d.]+)"),
    )


def _run_dnsperf(server: Server, workload: Workload, *more: str, clients: int = CLIENTS) -> str:
    command = ["dnsperf", "-s", server.endpoint.host, "-p", str(server.endpoint.port)]
    command += ["-d", str(workload.path), "-c", str(clients), "-q", str(OUTSTANDING)]
    command += ["-t", str(TIMEOUT_SECONDS), *more]
    if workload.kind is Kind.TCP:
        command += ["-m", "tcp"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if run.returncode:
        raise SystemExit(f"bench: dnsperf against {server.name} failed:\n{run.stderr}")
    return run.stdout


def _load_cpu_seconds() -> float:
    """Return the CPU time of all children of ours that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(text: str, pattern: str) -> float:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in:\n{text}"
    return float(match[1])
