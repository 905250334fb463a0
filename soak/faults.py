"""The faults, each a generator: it does something to the filter and yields the seconds until more.

Whatever is left to put right stands in its `finally`: it is closed when the time is over, and when
anything fails. A fault that goes on until it is closed may be stepped as often as there is time.
"""

import itertools
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

from soak import household
from soak.settings import (
    MOVED,
    VISITING,
    Setting,
    disk_that_freezes,
    house_of_its_own,
    memory_group,
    memory_of_all,
    small_disk,
    usual,
)
from soak.shortages import (
    descriptors_exhausted,
    disk_full,
    disk_stalled,
    memory_short,
    worker_out_of_memory,
)
from soak.stage import BUILD_SECONDS, Stage, Steps

HOUR: Final = 3600
RELOADS: Final = 100
ADDRESS_SECONDS: Final = 5.0  # until a new address is served
MISTAKES: Final = (
    "people: [\n",
    "policies: {child: {block: [gamblng]}}\n",
    "expect: [{who: ben, at: Sat 12:00, name: bet365.com, is: allowed}]\n",
)

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
        yield min(5.0, stage.seconds / 2)


def _worker_stopped(stage: Stage) -> Steps:
    while True:
        stage.send(stage.worker_pid, signal.SIGSTOP)
        yield 8.0  # two seconds until it is missed, and time for all that was asked meanwhile


def _control_killed(stage: Stage) -> Steps:
    while True:
        stage.send(stage.control_pid, signal.SIGKILL)
        yield min(4.0, stage.seconds / 2)


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
        try:
            yield 0.5
        finally:  # who asks it must not be left alone for longer
            namespace.command("address", "add", f"{MOVED}/32", "dev", "lo")
        namespace.command("address", "add", f"{VISITING}/32", "dev", "lo")
        yield min(ADDRESS_SECONDS, stage.seconds / 3)
        if stage.is_blocked("bet365.com", VISITING) is not True:
            stage.complain(f"an address is not served {ADDRESS_SECONDS:g} s after it came")
        namespace.command("address", "delete", f"{VISITING}/32", "dev", "lo")


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
    Fault("disk-full", "The disk of the state is full; a worker is killed.", disk_full, small_disk),
    Fault(
        "disk-stalled",
        "The disk of the state takes no write (fsfreeze); a worker is killed.",
        disk_stalled,
        disk_that_freezes,
    ),
    Fault(
        "descriptors",
        "The worker may open 20 more files; a client holds 40 connections.",
        descriptors_exhausted,
    ),
    Fault(
        "memory-short",
        "The filter has 24 MB to spare (cgroup); lists of 300,000 names are built.",
        memory_short,
        memory_of_all,
    ),
    Fault(
        "worker-oom",
        "The kernel kills the worker for want of memory (cgroup) again and again.",
        worker_out_of_memory,
        memory_group,
    ),
)
