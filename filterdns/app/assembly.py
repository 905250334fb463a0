"""The control process, put together: what is built, started and stopped, in which order."""

import asyncio
import logging
import os
import select
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from filterdns.blocklists.index import Index
from filterdns.clock import Clock
from filterdns.config.check import Report
from filterdns.config.compile import Compiled, Meaning
from filterdns.control.arguments import Options
from filterdns.control.banner import write_banner
from filterdns.control.calendar_watch import follow_calendars
from filterdns.control.calendars import Calendars
from filterdns.control.clock_watch import follow_clock
from filterdns.control.house_watch import HouseWatch
from filterdns.control.in_force import InForce
from filterdns.control.last_good import keep_good
from filterdns.control.last_seen import LastSeen
from filterdns.control.latest_write import LatestWrite
from filterdns.control.lists import Lists
from filterdns.control.refresh import build_lists, mend_lists
from filterdns.control.reload import apply_settings, check_with, reload
from filterdns.control.reports import take_report
from filterdns.control.running import RunningFilter
from filterdns.control.starting import (
    First,
    first_index,
    may_refuse,
)
from filterdns.control.supervisor_link import SupervisorLink
from filterdns.control.troubles import look
from filterdns.control.upstreams import UpstreamReports
from filterdns.control.web_lists import keep_fresh
from filterdns.control.workers import WorkerLinks
from filterdns.errors import ConfigError, FilterdnsError, StateError
from filterdns.history.metrics import Metrics
from filterdns.history.recorder import Recorder
from filterdns.tasks import Tasks
from filterdns.web.sockets import Sockets, bind_sockets

if TYPE_CHECKING:
    from filterdns.web.server import WebServer

logger: Final = logging.getLogger("filterdns")


class Assembly:
    """The parts of the control process, which live from `run` on until it is over.

    *supervisor* hands its orders over, *tasks* and what *stopped* ends are the process's own.
    """

    def __init__(
        self,
        options: Options,
        environment: Mapping[str, str],
        clock: Clock,
        calendars: Calendars,
        supervisor: SupervisorLink,
        tasks: Tasks,
        stopped: asyncio.Event,
    ) -> None:
        self._options = options
        self._environment = environment
        self._clock = clock
        self._calendars = calendars
        self._supervisor = supervisor
        self._tasks = tasks
        self._stopped = stopped
        self._started = asyncio.Event()
        self._ordered_reload = asyncio.Lock()
        self._running: RunningFilter | None = None
        self._is_reload_waiting = False
        self._servers: list[WebServer] = []

    async def run(self, first: First) -> None:
        """Start with what is *first* in force, control, and end once that is ordered."""
        self._supervisor.on_order = self._on_order
        try:
            await self._start(first)
            await self._stopped.wait()
        finally:
            await self._stop()

    # Start.

    async def _start(self, first: First) -> None:
        self._running = running = await self._put_together(first)
        index = await first_index(running.lists, self._options.folders, first.meaning.sources)
        if may_refuse(self._options):
            report = await asyncio.to_thread(self._check, first.meaning, index)
            if report.problems:
                raise ConfigError(report.problems)
        await running.in_force.replace(first.meaning, index)
        apply_settings(running)
        sockets = self._open(running)
        await running.nearby.begin(self._tasks)
        for endless in (
            running.recorder.run(self._clock.now),
            running.disk.run(),
            follow_clock(running),
            _watch(running),
            keep_fresh(running),
            follow_calendars(running),
            running.in_force.keep_sealed(),
            HouseWatch(running).run(),
        ):
            self._tasks.spawn(endless)
        process = first.meaning.process
        self._supervisor.plan(process.dns, process.workers, self._worker_arguments())
        self._serve(running, sockets)
        self._started.set()

    async def _put_together(self, first: First) -> RunningFilter:
        folders = self._options.folders
        workers = WorkerLinks(folders.workers_socket, self._on_worker, self._on_worker_gone)
        history = first.meaning.process.history
        lists = Lists(folders.lists)
        return RunningFilter(
            options=self._options,
            environment=self._environment,
            clock=self._clock,
            started_at=self._clock.now(),
            supervisor=self._supervisor,
            workers=workers,
            in_force=InForce(folders.image, workers, self._clock, lists.armory),
            lists=lists,
            calendars=self._calendars,
            recorder=await Recorder.open(
                folders.history,
                history.keep_seconds,
                history.at_most_bytes,
                self._clock.now(),
                is_time_known=self._clock.is_known,
            ),
            metrics=Metrics(),
            upstreams=UpstreamReports(),
            tasks=self._tasks,
            last_seen=LastSeen(folders.last_seen, self._tasks),
            last_good=LatestWrite(self._tasks),
            degraded=first.why_old,
        )

    def _open(self, running: RunningFilter) -> Sockets:
        """Let workers, commands and Prometheus connect; raises `StateError`."""
        try:
            running.workers.open()
            return bind_sockets(running)
        except OSError as error:
            raise StateError(f"{self._options.folders.run}: {error.strerror}") from None

    def _worker_arguments(self) -> list[str]:
        folders = self._options.folders
        arguments = ["--image", str(folders.image), "--workers-socket", str(folders.workers_socket)]
        arguments += ["--bindings", str(folders.bindings), "--floor", str(self._clock.floor)]
        if self._options.test_clock is not None:
            arguments += ["--test-clock", str(self._options.test_clock)]
        return arguments

    def _serve(self, running: RunningFilter, sockets: Sockets) -> None:
        # It takes half as long to load as all the rest, and no client waits for it any more.
        from filterdns.web.serving import make_servers

        self._servers = make_servers(running, sockets)
        for server in self._servers:
            self._tasks.spawn(server.run())

    # Life.

    def _on_order(self, order: str) -> None:
        if order == "stop":
            self._stopped.set()
        elif self._running is not None and order == "serving":
            self._tasks.spawn(_say(write_banner(self._running)))
            self._tasks.spawn(self._after_start(self._running))
        elif self._running is not None and order == "resumed":
            self._tasks.spawn(self._after_start(self._running))
        elif order == "reload" and not self._is_reload_waiting:
            self._is_reload_waiting = True
            self._tasks.spawn(self._reload())

    async def _after_start(self, running: RunningFilter) -> None:
        """Do what must not hold up the first answer: all lists, doubts about the config."""
        async with running.changes:
            if not running.degraded:
                await keep_good(running)
        try:
            await build_lists(running)
        except FilterdnsError as error:
            logger.error("lists are not built: %s", error)
        async with running.changes:  # so that nobody closes the index meanwhile
            rules = running.in_force.rules
            report = await asyncio.to_thread(self._check, rules.compiled, rules.index)
        for problem in report.problems:
            logger.error("%s", problem)
        if report.warnings:
            count = len(report.warnings)
            doubts = "a doubt" if count == 1 else f"{count} doubts"
            logger.warning("`filterdns check` has %s about the config, and says where", doubts)

    def _check(self, meaning: Meaning, index: Index | None) -> Report:
        if not isinstance(meaning, Compiled):
            return Report((), ())  # it was checked when it took effect, and its files have changed
        return check_with(meaning, index, self._clock.now())

    async def _reload(self) -> None:
        """Reload for a signal; those that come before it has begun mean the same reload."""
        await self._started.wait()
        async with self._ordered_reload:
            self._is_reload_waiting = False
            assert self._running is not None
            with suppress(FilterdnsError):  # the log has it; nobody waits for an answer
                await reload(self._running)

    def _on_worker(self, worker: int, message: dict[str, Any]) -> None:
        if self._running is not None:
            take_report(self._running, worker, message)

    def _on_worker_gone(self, worker: int) -> None:
        if self._running is not None:
            self._running.metrics.forget_worker(worker)
            self._running.upstreams.forget_worker(worker)
            if not self._running.is_over.is_set():
                self._tasks.spawn(mend_lists(self._running))

    # End.

    async def _stop(self) -> None:
        """Let readers go, write what has been recorded, close the rest."""
        running = self._running
        for server in self._servers:
            server.stop()
        if running is not None:
            running.is_over.set()
            await running.workers.drain(_DRAIN_SECONDS)
            running.workers.close()  # what a worker has not sent by now, the next control gets
            await running.recorder.close(self._clock.now())
            if self._clock.is_known:
                await running.last_seen.write(self._clock.now())
        await self._tasks.finish(_STOP_SECONDS)
        if running is not None:
            running.in_force.close()
            running.options.folders.control_socket.unlink(missing_ok=True)


async def _say(text: str) -> None:
    """Write *text* to stdout, unless that is a pipe that nobody reads."""
    stdout = sys.stdout.fileno()
    if select.select([], [stdout], [], 0)[1]:
        with suppress(OSError):
            await asyncio.to_thread(os.write, stdout, text.encode(errors="replace"))


async def _watch(running: RunningFilter) -> None:
    while True:
        look(running)
        await asyncio.sleep(_WATCH_SECONDS)


_WATCH_SECONDS: Final = 1.0
_DRAIN_SECONDS: Final = 0.3
_STOP_SECONDS: Final = 0.5
