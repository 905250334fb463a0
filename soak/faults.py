"""The faults, each a generator: it does something to the filter and yields the seconds until more.

Whatever is left to put right stands in its `finally`: it is closed when the time is over, and when
anything fails. A fault that goes on until it is closed may be stepped as often as there is time.
"""

import itertools
import os
import resource
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Final, NamedTuple

from soak import household
from soak.settings import (
    MOVED,
    VISITING,
    Setting,
    disk_that_freezes,
    freezing,
    house_of_its_own,
    memory_group,
    memory_of_all,
    small_disk,
    usual,
)
from soak.stage import BUILD_SECONDS, Stage

HOUR: Final = 3600
RELOADS: Final = 100
STRANGER: Final = "127.0.0.18"
CONNECTIONS: Final = 40  # of one client: below the limit of the config
SPARE_DESCRIPTORS: Final = 20
HELD_SECONDS: Final = 4.0  # open and silent: for longer than anybody goes on asking
ADDRESS_SECONDS: Final = 5.0  # until a new address is served

Steps = Generator[float, None, None]
Act = Callable[[Stage], Steps]


class Fault(NamedTuple):
    """Something that happens: *sentence* says what, for the table's reader."""

    name: str
    sentence: str
    act: Act
    setting: Callable[[Path], AbstractContextManager[Setting]] = usual


def _calm(stage: Stage) -> Steps:
    yield stage.seconds


def _worker_killed(stage: Stage) -> Steps:
    while True:
        stage.send(stage.worker_pid, signal.SIGKILL)
        yield min(5.0, stage.seconds / 3)


def _worker_stopped(stage: Stage) -> Steps:
    while True:
        stage.send(stage.worker_pid, signal.SIGSTOP)
        yield 8.0  # two seconds until it is missed, and time for all that was asked meanwhile


def _control_killed(stage: Stage) -> Steps:
    while True:
        stage.send(stage.control_pid, signal.SIGKILL)
        yield min(4.0, stage.seconds / 3)


def _control_stopped(stage: Stage) -> Steps:
    pid = stage.control_pid
    stage.send(pid, signal.SIGSTOP)
    try:
        yield min(60.0, 0.8 * stage.seconds)
    finally:
        stage.send(pid, signal.SIGCONT)
    yield stage.seconds


def _reloads(stage: Stage) -> Steps:
    for number in range(RELOADS):
        toggled, is_bad = number % 4 < 2, number % 2 == 1
        before = stage.is_blocked(household.TOGGLED)
        stage.write_config(toggled=toggled, mistake=MISTAKES[number % 3] if is_bad else "")
        refusal = stage.reload()
        wanted = before if is_bad else toggled
        if bool(refusal) is not is_bad:
            stage.complain(f"a {'bad' if is_bad else 'good'} config: {refusal or 'not refused'}")
        if stage.is_blocked(household.TOGGLED) is not wanted:
            stage.complain("another config is in force than the last one that was acknowledged")
        yield max(0.05, stage.seconds / RELOADS / 2)
    yield stage.seconds


MISTAKES: Final = (
    "people: [\n",
    "policies: {child: {block: [gamblng]}}\n",
    "expect: [{who: ben, at: Sat 12:00, name: bet365.com, is: allowed}]\n",
)


def _index_replaced(stage: Stage) -> Steps:
    for number in itertools.count():
        name = f"pill{number}.example"
        household.write_lists(stage.folder / "lists", more=(name,))
        built = stage.house.cli("lists", "build", seconds=BUILD_SECONDS)
        if built.code:
            stage.complain(f"lists build: {built.stderr.strip()}")
        elif stage.is_blocked(name) is not True:
            stage.complain("a name of a list that was built is not blocked")
        yield 0.1


def _clock_stepped(stage: Stage) -> Steps:
    # Bedtime begins between the fourth and the fifth of these, by the right clock.
    try:
        for step in (HOUR, 0, -HOUR, 0, -HOUR, 0, HOUR, 0):
            stage.step_clock(step)
            yield stage.seconds / 8
    finally:
        stage.step_clock(0)


def _address_moved(stage: Stage) -> Steps:
    namespace = stage.setting.namespace
    assert namespace is not None
    while True:
        namespace.command("address", "delete", f"{MOVED}/32", "dev", "lo")
        yield 0.5
        namespace.command("address", "add", f"{MOVED}/32", "dev", "lo")
        namespace.command("address", "add", f"{VISITING}/32", "dev", "lo")
        yield min(ADDRESS_SECONDS, stage.seconds / 3)
        if stage.is_blocked("bet365.com", VISITING) is not True:
            stage.complain(f"an address is not served {ADDRESS_SECONDS:g} s after it came")
        namespace.command("address", "delete", f"{VISITING}/32", "dev", "lo")


def _disk_full(stage: Stage) -> Steps:
    assert stage.setting.disk is not None
    filler = stage.setting.disk / "filler"
    try:
        yield stage.seconds / 6
        _fill(filler)
        yield stage.seconds / 6
        stage.send(stage.worker_pid, signal.SIGKILL)  # its successor finds the disk full
        stage.write_config(toggled=True)
        stage.reload()  # may be refused, but nothing may break
        yield stage.seconds / 3
    finally:
        filler.unlink(missing_ok=True)
    yield stage.seconds


def _disk_stalled(stage: Stage) -> Steps:
    assert stage.setting.disk is not None
    yield stage.seconds / 6
    with freezing(stage.setting.disk, at_most_seconds=stage.seconds):
        yield stage.seconds / 6
        stage.send(stage.worker_pid, signal.SIGKILL)
        yield stage.seconds / 2
    yield stage.seconds


def _descriptors_exhausted(stage: Stage) -> Steps:
    pid = stage.worker_pid
    used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + SPARE_DESCRIPTORS, most))
    try:
        while True:
            with ExitStack() as connections:
                for _ in range(CONNECTIONS):
                    with suppress(OSError):
                        connections.enter_context(_connection(stage))
                yield HELD_SECONDS
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))


def _memory_short(stage: Stage) -> Steps:
    group = stage.setting.group
    assert group is not None
    group.limit(group.used_bytes + SPARE_MEMORY_BYTES)
    names = tuple(f"n{number}.long-list.example" for number in range(LONG_LIST))
    try:
        for number in itertools.count():
            household.write_lists(stage.folder / "lists", more=(f"more{number}.example", *names))
            stage.house.cli("lists", "build", seconds=BUILD_SECONDS)  # the kernel may end it
            if not group.refusals:
                stage.complain("the limit of memory was not met")
            yield 0.5
    finally:
        group.unlimit()


SPARE_MEMORY_BYTES: Final = 24 << 20  # a build of the list takes more
LONG_LIST: Final = 300_000


def _worker_out_of_memory(stage: Stage) -> Steps:
    group = stage.setting.group
    assert group is not None
    group.limit(WORKER_LIMIT_BYTES)
    while True:
        if pid := stage.worker_pid:
            with suppress(OSError):
                group.take(pid)
        yield min(5.0, stage.seconds / 3)
        if not group.kills:
            stage.complain("no worker has met the limit")


WORKER_LIMIT_BYTES: Final = 256 << 10  # version 1 counts what is new: enough for a second or so


FAULTS: Final = (
    Fault("calm", "Nothing happens.", _calm),
    Fault("worker-killed", "The worker gets SIGKILL every 5 s.", _worker_killed),
    Fault("worker-stopped", "The worker gets SIGSTOP: its heartbeat is missing.", _worker_stopped),
    Fault("control-killed", "The control process gets SIGKILL every 4 s.", _control_killed),
    Fault("control-stopped", "The control process gets SIGSTOP for 60 s.", _control_stopped),
    Fault("reloads", "100 reloads, every other one of a config with a mistake.", _reloads),
    Fault("index-replaced", "A list is changed and built again and again.", _index_replaced),
    Fault("clock-stepped", "The clock is an hour ahead, behind, right, in turn.", _clock_stepped),
    Fault(
        "address-moved",
        "An address that is asked goes for half a second; another one comes and goes.",
        _address_moved,
        house_of_its_own,
    ),
    Fault(
        "disk-full", "The disk of the state is full; a worker is killed.", _disk_full, small_disk
    ),
    Fault(
        "disk-stalled",
        "The disk of the state takes no write (fsfreeze); a worker is killed.",
        _disk_stalled,
        disk_that_freezes,
    ),
    Fault(
        "descriptors",
        "The worker may open 20 more files; a client holds 40 connections.",
        _descriptors_exhausted,
    ),
    Fault(
        "memory-short",
        "The filter has 24 MB to spare (cgroup); lists of 300,000 names are built.",
        _memory_short,
        memory_of_all,
    ),
    Fault(
        "worker-oom",
        "The kernel kills the worker for want of memory (cgroup) again and again.",
        _worker_out_of_memory,
        memory_group,
    ),
)


def _fill(path: Path) -> None:
    """Write to *path* until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 9)):
            continue
    os.sync()


def _connection(stage: Stage) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.bind((STRANGER, 0))
        sock.settimeout(1.0)
        sock.connect(stage.house.server)
    except OSError:
        sock.close()
        raise
    return sock
