"""One measurement: dnsperf asks, and the CPU time of the server is read before and after."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.servers import Server
from bench.workloads import Workload

CLIENTS = 4
OUTSTANDING = 100
FULL_CORE = 0.95
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """What one server did with one workload in one round."""

    round: int
    workload: str
    server: str
    queries_per_second: float
    lost: int
    cpu_share: float
    """CPU seconds of all processes of the server, for each second of the run."""

    @property
    def queries_per_cpu_second(self) -> float:
        """How many queries the server would answer with a core for itself."""
        return self.queries_per_second / self.cpu_share if self.cpu_share else 0.0

    @property
    def is_cpu_bound(self) -> bool:
        """Whether the server, not dnsperf, was the limit."""
        return self.cpu_share >= FULL_CORE


def measure(
    dnsperf: str, server: Server, workload: Workload, number: int, seconds: float
) -> Measured:
    """Ask *server* the queries of *workload* for *seconds*; *number* is the round's."""
    before = cpu_seconds(server.pid)
    said = _ask(dnsperf, server, workload, seconds)
    used = cpu_seconds(server.pid) - before
    run_seconds = _figure(said, r"Run time \(s\): +([\d.]+)")
    return Measured(
        number,
        workload.name,
        server.name,
        _figure(said, r"Queries per second: +([\d.]+)"),
        int(_figure(said, r"Queries lost: +(\d+)")),
        used / run_seconds,
    )


def warm_up(dnsperf: str, server: Server, workload: Workload) -> None:
    """Ask everything twice, so that what can be cached is cached and known as asked for again."""
    for _ in range(2):
        _ask(dnsperf, server, workload)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that *pid* and all processes below it have used."""
    fields = (_stat(member) for member in family(pid))
    return sum(int(stat[11]) + int(stat[12]) for stat in fields if stat) / TICKS_PER_SECOND


def memory_bytes(pid: int) -> int:
    """Return the memory of *pid* and all below it; a page that n processes share counts 1/n."""
    total = 0
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue
        total += 1024 * int(_figure(text, r"Pss: +(\d+) kB"))
    return total


def family(pid: int) -> Iterator[int]:
    """Yield *pid* and every process below it."""
    parent_by_pid = {
        int(path.name): int(stat[1])
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and (stat := _stat(int(path.name)))
    }
    found = {pid}
    while found:
        yield from found
        found = {child for child, parent in parent_by_pid.items() if parent in found}


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on (proc(5)); none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ask(dnsperf: str, server: Server, workload: Workload, seconds: float | None = None) -> str:
    """Return what dnsperf says after *seconds*, or after every query was asked once."""
    command = [dnsperf, "-s", server.endpoint.host, "-p", str(server.endpoint.port)]
    command += ["-d", str(workload.path), "-c", str(CLIENTS), "-q", str(OUTSTANDING)]
    if seconds is not None:
        command += ["-l", f"{seconds:g}"]
    if seconds is None or workload.once:
        command += ["-n", "1"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if asked.returncode:
        raise SystemExit(f"bench: dnsperf against {server.name} failed:\n{asked.stderr}")
    return asked.stdout


def _figure(text: str, pattern: str) -> float:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in:\n{text}"
    return float(match[1])
