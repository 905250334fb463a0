"""The faults in which something runs short: room on the disk, its speed, descriptors, memory."""

import itertools
import os
import resource
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from soak import household
from soak.settings import freezing
from soak.stage import BUILD_SECONDS, Stage, Steps

STRANGER: Final = "127.0.0.18"
CONNECTIONS: Final = 40  # of one client: below the limit of the config
SPARE_DESCRIPTORS: Final = 20
HELD_SECONDS: Final = 4.0  # open and silent: for longer than anybody goes on asking
SPARE_MEMORY_BYTES: Final = 24 << 20  # a build of the list takes more
LONG_LIST: Final = 300_000  # names
WORKER_LIMIT_BYTES: Final = 256 << 10  # of what it takes from then on: enough for a second or so


def disk_full(stage: Stage) -> Steps:
    """Fill the disk of the state, kill the worker, reload; then give the room back."""
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


def disk_stalled(stage: Stage) -> Steps:
    """Let the disk of the state take no write, and kill the worker meanwhile."""
    assert stage.setting.disk is not None
    yield stage.seconds / 6
    with freezing(stage.setting.disk, at_most_seconds=stage.seconds):
        yield stage.seconds / 6
        stage.send(stage.worker_pid, signal.SIGKILL)
        yield stage.seconds / 2
    yield stage.seconds


def descriptors_exhausted(stage: Stage) -> Steps:
    """Let the worker open no more files than a few, and hold more connections than that."""
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


def memory_short(stage: Stage) -> Steps:
    """Let the filter have little more memory than it has, and build long lists."""
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


def worker_out_of_memory(stage: Stage) -> Steps:
    """Have the kernel kill the worker for want of memory, again and again."""
    group = stage.setting.group
    assert group is not None
    group.limit(WORKER_LIMIT_BYTES)
    while True:
        if pid := stage.worker_pid:
            with suppress(OSError):
                group.take(pid)
        yield min(5.0, stage.seconds / 2)
        if not group.kills:
            stage.complain("no worker has met the limit")


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
