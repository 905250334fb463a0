"""The running filter as its verbs see it: what it was started with, and its parts."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from filterdns.clock import Clock
from filterdns.config.include import Trees
from filterdns.control.arguments import Options
from filterdns.control.calendars import Calendars
from filterdns.control.disk import Disk
from filterdns.control.findings import Findings
from filterdns.control.in_force import InForce
from filterdns.control.last_seen import LastSeen
from filterdns.control.latest_write import LatestWrite
from filterdns.control.lists import Lists
from filterdns.control.nearby import Nearby
from filterdns.control.supervisor_link import SupervisorLink
from filterdns.control.upstreams import UpstreamReports
from filterdns.control.watch import Watch
from filterdns.control.workers import WorkerLinks
from filterdns.devices.seen import SeenDevice
from filterdns.history.metrics import Metrics
from filterdns.history.recorder import Recorder
from filterdns.tasks import Tasks

MOST_NEWCOMERS: Final = 100


@dataclass(slots=True)
class ReloadOutcome:
    """What came of a reload at *at* (Unix seconds); no *problems* where it is in force."""

    at: float
    problems: list[str]


@dataclass(slots=True)
class RunningFilter:
    """Everything that the verbs of `control` work on. Made and ended by `app`.

    Whoever changes what is in force holds *changes*, whoever fetches *fetching*. *is_over* is set
    when the filter ends. *newcomers* are the unknown devices that were told since the start.
    *degraded* says why an old config is in force; empty where it is that of the files.
    """

    options: Options
    environment: Mapping[str, str]
    clock: Clock
    started_at: float
    supervisor: SupervisorLink
    workers: WorkerLinks
    in_force: InForce
    lists: Lists
    calendars: Calendars
    recorder: Recorder
    metrics: Metrics
    upstreams: UpstreamReports
    tasks: Tasks
    last_seen: LastSeen
    last_good: LatestWrite
    changes: asyncio.Lock = field(default_factory=asyncio.Lock)
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    last_reload: ReloadOutcome | None = None
    metrics_trouble: str = ""
    degraded: str = ""
    trees: Trees = field(default_factory=Trees)
    watch: Watch = field(default_factory=lambda: Watch(time.monotonic()))
    disk: Disk = field(init=False)
    nearby: Nearby = field(init=False)
    findings: Findings = field(init=False)
    newcomers: deque[SeenDevice] = field(default_factory=lambda: deque(maxlen=MOST_NEWCOMERS))

    def __post_init__(self) -> None:
        self.nearby = Nearby(self.options.folders.bindings, self.workers, self.clock.now)
        self.findings = Findings(self.nearby, self.started_at)
        self.disk = Disk(self.options.folders.state)
