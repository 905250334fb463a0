"""How filterdns compares to each peer: ratios within a round, and their median.

Absolute figures move by 10 to 20 % from run to run, so only what was measured one after the other
is compared. Where one of two servers left its core idle, the load was the limit: the ratio is then
taken over queries per CPU second.
"""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from bench.measure import Measured

OURS = "filterdns"


class Ratio(NamedTuple):
    """filterdns against *peer*: *value* is the median of *rounds*."""

    peer: str
    workload: str
    value: float
    rounds: tuple[float, ...]
    is_per_cpu_second: bool

    @property
    def key(self) -> str:
        """How the targets call it."""
        return f"{self.peer}/{self.workload}"


def ratios(measured: Iterable[Measured]) -> list[Ratio]:
    """Return the ratios of filterdns to each peer, workload by workload."""
    by_key = {(m.round, m.workload, m.server): m for m in measured}
    pairs: dict[tuple[str, str], list[tuple[Measured, Measured]]] = {}
    for (number, workload, server), theirs in by_key.items():
        ours = by_key.get((number, workload, OURS))
        if ours and server != OURS:
            pairs.setdefault((server, workload), []).append((ours, theirs))
    return [_ratio(peer, workload, rounds) for (peer, workload), rounds in pairs.items()]


def _ratio(peer: str, workload: str, rounds: list[tuple[Measured, Measured]]) -> Ratio:
    is_idle = not all(ours.is_cpu_bound and theirs.is_cpu_bound for ours, theirs in rounds)
    values = tuple(
        ours.queries_per_cpu_second / theirs.queries_per_cpu_second
        if is_idle
        else ours.queries_per_second / theirs.queries_per_second
        for ours, theirs in rounds
    )
    return Ratio(peer, workload, median(values), values, is_idle)
