"""The parts of the control process over real files and sockets, and a worker that does as told.

    async with running_filter(tmp_path) as running:
        worker = ScriptedWorker(running.options.folders.workers_socket)
        … await reload(running) …

The config is that of a family; a test may write another one to `running.options.config`. Time is
the offset in the file `clock` of the folder.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from filterdns import channel
from filterdns.clock import Clock
from filterdns.config.compile import Compiled
from filterdns.control.arguments import Options
from filterdns.control.calendars import Calendars
from filterdns.control.in_force import InForce
from filterdns.control.last_seen import LastSeen
from filterdns.control.latest_write import LatestWrite
from filterdns.control.lists import Lists
from filterdns.control.reading import read_config
from filterdns.control.reload import apply_settings
from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import SupervisorLink
from filterdns.control.upstreams import UpstreamReports
from filterdns.control.workers import WorkerLinks
from filterdns.folders import Folders
from filterdns.history.metrics import Metrics
from filterdns.history.recorder import Recorder
from filterdns.tasks import Tasks

FAMILY = """\
timezone: Europe/Berlin
listen: {dns: ["127.0.0.1:5300"]}
upstreams: {servers: ["127.0.0.1:5353"]}
categories: {school: {names: [moodle.example]}}
schedules: {bedtime: {daily: "20:30-06:30"}}
policies:
  child:
    block: [games.example, school]
    during: {bedtime: {internet: "off"}}
  adults: {}
people:
  mia: {policy: child, devices: [{name: tablet, ip: 127.0.0.2}, {name: phone, ip: 127.0.0.3}]}
  ben: {policy: child, timezone: America/Denver, devices: [{name: tablet, ip: 127.0.0.4}]}
  ada: {policy: adults, devices: [{name: laptop, ip: 127.0.0.9}]}
groups:
  room-12:
    networks: [127.0.0.3/32]
    during: {bedtime: {allow-only: [school]}}
"""


def family(folder: Path, body: str = FAMILY) -> Compiled:
    """Return *body* compiled, from a file in *folder*."""
    path = folder / "config.yaml"
    path.write_text(body)
    return read_config(path, {})


@asynccontextmanager
async def running_filter(folder: Path, body: str = FAMILY) -> AsyncIterator[RunningFilter]:
    """Give a running filter without processes around it; nothing has been built yet."""
    compiled = family(folder, body)
    folders = Folders(folder / "state", folder / "run")
    folders.make()
    clock = Clock(folder / "clock")
    tasks = Tasks()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    lists = Lists(folders.lists)
    calendars = Calendars(folders.calendars, clock.now)
    running: RunningFilter

    def receive(worker: int, message: dict[str, Any]) -> None:
        running.recorder.add(message["rows"], clock.now())

    workers = WorkerLinks(folders.workers_socket, receive, lambda _: None)
    running = RunningFilter(
        options=Options(folder / "config.yaml", folders),
        environment={},
        clock=clock,
        started_at=clock.now(),
        supervisor=SupervisorLink(theirs.detach(), lambda _: None),
        workers=workers,
        in_force=InForce(folders.image, workers, clock, lists.armory),
        lists=lists,
        calendars=calendars,
        recorder=await Recorder.open(folders.history, 86_400, 10**9, clock.now()),
        metrics=Metrics(),
        upstreams=UpstreamReports(),
        tasks=tasks,
        last_seen=LastSeen(folders.last_seen, tasks),
        last_good=LatestWrite(tasks),
    )
    workers.open()
    await running.in_force.replace(compiled, None)
    apply_settings(running)
    try:
        with ours:
            yield running
    finally:
        running.is_over.set()
        await running.tasks.finish(5.0)
        await running.recorder.close(clock.now())
        workers.close()
        running.supervisor.close()
        running.in_force.close()


class ScriptedWorker:
    """A worker's end of the link at *path*: takes every image unless it *refuses*, for a reason.

    Asked to flush, it sends *rows* first. *heard* are the messages that came.
    """

    def __init__(self, path: Path, number: int = 0, version: int = 0) -> None:
        self.refuses = ""
        self.is_silent = False
        self.rows: Sequence[Sequence[object]] = ()
        self.heard: list[dict[str, Any]] = []
        self.version = version
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        self._socket.connect(str(path))
        self._loop.add_reader(self._socket.fileno(), self._read)
        self.send({"t": "hello", "worker": number, "pid": os.getpid(), "version": version})

    def send(self, message: dict[str, Any]) -> None:
        channel.send(self._socket, message)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        received = channel.receive(self._socket)
        if received is None:
            self.close()
            return
        message = received.message
        self.heard.append(message)
        if self.is_silent:
            return
        if message["t"] == "image" and self.refuses:
            self.send({"t": "refused", "version": message["version"], "why": self.refuses})
        elif message["t"] == "image":
            self.version = message["version"]
            self.send({"t": "loaded", "version": self.version})
        elif message["t"] == "flush":
            if self.rows:
                self.send({"t": "records", "rows": self.rows})
            self.send({"t": "flushed", "token": message["token"]})


async def eventually(holds: Any) -> bool:
    """Whether *holds* becomes true while the loop does what is due."""
    for _ in range(500):
        if holds():
            return True
        await asyncio.sleep(0.01)
    return False
