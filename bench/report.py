"""What was measured, as tables and as JSON.

Absolute figures move by 10 to 20 % from run to run, so what counts are ratios within a round; the
table shows their median. Where one of two servers left its core idle, dnsperf was the limit: the
ratio is then taken over queries per CPU second, and marked with an asterisk.
"""

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench.measure import Measured

# The least that filterdns has to reach, as a share of what the peer does in the same run.
FLOOR_BY_PEER_AND_WORKLOAD = {
    ("unbound", "mix"): 0.95,
    ("unbound", "allowed"): 0.8,
    ("unbound", "blocked"): 1.2,
    ("unbound", "unseen"): 1.3,
    ("dnsmasq", "mix"): 2.5,
}


class Ratio(NamedTuple):
    """How filterdns compares to *peer*: the median over the rounds."""

    peer: str
    workload: str
    value: float
    per_cpu_second: bool
    floor: float | None


def ratios(measured: Iterable[Measured]) -> list[Ratio]:
    """Return the ratios of filterdns to each peer, workload by workload."""
    by_key = {(m.round, m.workload, m.server): m for m in measured}
    pairs: dict[tuple[str, str], list[tuple[Measured, Measured]]] = {}
    for (number, workload, server), theirs in by_key.items():
        ours = by_key.get((number, workload, "filterdns"))
        if ours and server != "filterdns":
            pairs.setdefault((server, workload), []).append((ours, theirs))
    return [_ratio(peer, workload, rounds) for (peer, workload), rounds in pairs.items()]


def _ratio(peer: str, workload: str, rounds: list[tuple[Measured, Measured]]) -> Ratio:
    idle = not all(ours.is_cpu_bound and theirs.is_cpu_bound for ours, theirs in rounds)
    values = (
        ours.queries_per_cpu_second / theirs.queries_per_cpu_second
        if idle
        else ours.queries_per_second / theirs.queries_per_second
        for ours, theirs in rounds
    )
    floor = FLOOR_BY_PEER_AND_WORKLOAD.get((peer, workload))
    return Ratio(peer, workload, median(values), idle, floor)


def print_report(
    console: Console, measured: list[Measured], memory_by_server: Mapping[str, int]
) -> None:
    """Print queries a second with the server's CPU beside them, and the ratios below."""
    workloads = list(dict.fromkeys(m.workload for m in measured))
    table = Table("queries/s (CPU)", *workloads, "memory", title="Medians of all rounds")
    for server in dict.fromkeys(m.server for m in measured):
        cells = [_cell(measured, server, workload) for workload in workloads]
        table.add_row(server, *cells, f"{memory_by_server.get(server, 0) / 1e6:,.0f} MB")
    console.print(table)

    found = ratios(measured)
    if not found:
        return
    table = Table("filterdns against", *workloads, title="Ratio (floor)")
    for peer in dict.fromkeys(ratio.peer for ratio in found):
        by_workload = {ratio.workload: ratio for ratio in found if ratio.peer == peer}
        table.add_row(peer, *(_ratio_cell(by_workload[workload]) for workload in workloads))
    console.print(table)
    if any(ratio.per_cpu_second for ratio in found):
        console.print("* over queries per CPU second: a server was not the limit")


def _cell(measured: list[Measured], server: str, workload: str) -> str:
    rounds = [m for m in measured if (m.server, m.workload) == (server, workload)]
    rate = median(m.queries_per_second for m in rounds)
    cpu = median(m.cpu_share for m in rounds)
    lost = sum(m.lost for m in rounds)
    return f"{rate:,.0f} ({cpu:.0%})" + (f", {lost} lost" if lost else "")


def _ratio_cell(ratio: Ratio) -> str:
    floor = f" (≥ {ratio.floor})" if ratio.floor else ""
    return f"{ratio.value:.2f} ×{'*' if ratio.per_cpu_second else ''}{floor}"


def write_result(
    folder: Path,
    measured: list[Measured],
    memory_by_server: Mapping[str, int],
    settings: Mapping[str, Any],
) -> Path:
    """Write everything that was measured, with the machine's description; return the file."""
    now = datetime.now(UTC)
    result = {
        "date": now.isoformat(timespec="seconds"),
        "machine": describe_machine(),
        **settings,
        "memory_bytes": dict(memory_by_server),
        "ratios": [ratio._asdict() for ratio in ratios(measured)],
        "measured": [m._asdict() for m in measured],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def describe_machine() -> dict[str, str | int]:
    """Return what the figures depend on: processor, cores, kernel, Python."""
    try:
        cpu_info = Path("/proc/cpuinfo").read_text()
    except OSError:
        cpu_info = ""
    model = re.search(r"^model name\s*: (.*)$", cpu_info, re.MULTILINE)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
