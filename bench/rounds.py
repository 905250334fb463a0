"""The rounds: each workload is asked of each server, and who comes first turns.

Names never seen before come late: they push the popular ones out of the caches. The school is last:
filterdns turns into it by a reload.
"""

from typing import Final

from bench.measure import Latency, Measured, measure, measure_latency, warm_up
from bench.processes import Memory, memory_of
from bench.progress import Progress
from bench.servers import Server
from bench.stage import Stage
from bench.workloads import Kind, Workload

LATENCY_SHARE: Final = 0.25  # of the time of a measurement
NOT_ASKED: Final = {
    ("dnsmasq", "tcp"): "dnsmasq ends each TCP connection after 100 queries; dnsperf fails at that."
}

Round = tuple[int, Workload]


class Rounds:
    """Measures on a *stage*; what was found is kept."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self.measured: list[Measured] = []
        self.latencies: list[Latency] = []
        self.memory_by_server: dict[str, Memory] = {}
        self._stage = stage
        self._seconds = seconds
        self._warm: set[str] = set()

    def run(self, progress: Progress, order: list[Round]) -> None:
        """Ask all that stands in *order*; the memory is that before the school comes."""
        for number, workload in order:
            if workload.kind is Kind.CROWD:
                self._enter_school()
            servers = self._turned(number, workload)
            if workload.name not in self._warm and not workload.is_asked_once:
                self._warm_up(servers, workload)
            found = [
                measure(server, self._stage.upstream.pid, workload, number, self._seconds)
                for server in servers
            ]
            self.measured += found
            progress.step(f"round {number + 1} {workload.name:8}{_line(found)}")
        self._see_memory()

    def _turned(self, number: int, workload: Workload) -> list[Server]:
        servers = self._stage.servers
        turn = number % len(servers)
        return [
            server
            for server in servers[turn:] + servers[:turn]
            if (server.name, workload.name) not in NOT_ASKED
        ]

    def _warm_up(self, servers: list[Server], workload: Workload) -> None:
        self._warm.add(workload.name)
        for server in servers:
            warm_up(server, workload)
            self.latencies.append(measure_latency(server, workload, LATENCY_SHARE * self._seconds))

    def _enter_school(self) -> None:
        if not self.memory_by_server:
            self._see_memory()
            if self._stage.own:
                self._stage.own.enter_school()

    def _see_memory(self) -> None:
        for server in self._stage.servers:
            self.memory_by_server.setdefault(server.name, memory_of(server.pid))


def order(workloads: list[Workload], rounds: int) -> list[Round]:
    """Return which workload is asked in which round."""
    usual = [each for each in workloads if not each.is_asked_once and each.kind is not Kind.CROWD]
    unseen = [each for each in workloads if each.is_asked_once]
    crowds = [each for each in workloads if each.kind is Kind.CROWD]
    found = [(number, workload) for number in range(rounds) for workload in usual]
    found += list(enumerate(unseen))
    return found + [(number, workload) for number in range(rounds) for workload in crowds]


def _line(found: list[Measured]) -> str:
    texts = []
    for each in sorted(found, key=lambda each: each.server):
        trouble = f" {each.lost} lost" if each.lost else ""
        trouble += f" {each.failed} failed" if each.failed else ""
        rate = f"{each.queries_per_second:,.0f}/s"
        texts.append(f"  {each.server} {rate:>9} {each.cpu_share:4.0%}{trouble}")
    return "".join(texts)
