"""How the upstreams do, as the workers report it."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from filterdns.resolver.image import UpstreamServer

logger = logging.getLogger(__name__)

MAX_REASON: Final = 300


class UpstreamReport(NamedTuple):
    """One upstream as one worker sees it; *why* is its last error, though it may be over.

    *heard_at* (monotonic seconds) is when the worker said so.
    """

    name: str
    state: str
    failures: int
    rtt_ms: float
    why: str
    heard_at: float


class UpstreamReports:
    """The last report of each worker. A change of state is logged, once for all workers.

    *monotonic* tells when a report comes.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._reports_by_worker: dict[int, list[UpstreamReport]] = {}
        self._told: dict[str, str] = {}

    def take(self, worker: int, values: object) -> None:
        """Take what *worker* sends, as decoded from JSON. Raises `ValueError` for what is wrong."""
        if not isinstance(values, list):
            raise ValueError("no list of upstreams")
        self._reports_by_worker[worker] = [_read(value, self._monotonic()) for value in values]
        for report in self.worst_by_name().values():
            if self._told.get(report.name, "up") != report.state:
                self._tell(report)

    def forget_worker(self, worker: int) -> None:
        """Drop the report of a worker that is gone."""
        self._reports_by_worker.pop(worker, None)

    def worst_by_name(self) -> Mapping[str, UpstreamReport]:
        """Return each upstream as the worker sees it that fares worst with it."""
        worst: dict[str, UpstreamReport] = {}
        for reports in self._reports_by_worker.values():
            for report in reports:
                if report.name not in worst or _badness(report) > _badness(worst[report.name]):
                    worst[report.name] = report
        return worst

    def _tell(self, report: UpstreamReport) -> None:
        self._told[report.name] = report.state
        if report.state == "up":
            logger.info("upstream %s answers again", report.name)
        elif report.state == "loop":
            logger.error("upstream %s leads back to this filter: it is not asked", report.name)
        else:
            logger.warning("upstream %s does not answer: %s", report.name, report.why)


def name_of_upstream(server: UpstreamServer) -> str:
    """Return the name under which workers report *server*."""
    endpoint = f"{server.host}:{server.port}"
    if ":" in server.host:
        endpoint = f"[{server.host}]:{server.port}"
    return f"tcp://{endpoint}" if server.transport == "tcp" else endpoint


def _badness(report: UpstreamReport) -> tuple[bool, int]:
    return report.state != "up", report.failures  # one that leads back to us may never have failed


def _read(value: Any, heard_at: float) -> UpstreamReport:
    match value:
        case [str(name), str(state), int(failures), int() | float() as rtt_ms, str(why)]:
            return UpstreamReport(name, state, failures, float(rtt_ms), why[:MAX_REASON], heard_at)
    raise ValueError("no report of an upstream")
