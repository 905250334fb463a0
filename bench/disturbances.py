"""What happens to a filter while it is asked: the control process has something to do, or cannot.

Each acts for as long as the house says, or as long as what it starts takes, and tells in words what
was done, with a figure where a target asks for one.
"""

import itertools
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from bench.own_server import Filter, school_people, worker_pids
from bench.processes import with_module
from bench.servers import Server
from filterdns.control.query_log import MOST_ROWS
from filterdns.errors import ControlError
from soak.settings import freezing

DEVICES: Final = 3_000
CHANGES_PER_SECOND: Final = 10


class House(NamedTuple):
    """The filter that is asked. *disk* holds its state where it can be stalled."""

    own: Filter
    server: Server
    upstream_pid: int
    disk: Path | None
    seconds: float
    index_names: int

    @property
    def control_pid(self) -> int:
        """The control process."""
        [pid] = with_module(self.server.pid, "filterdns.app")
        return pid

    @property
    def worker_pids(self) -> list[int]:
        """The workers that answer."""
        return worker_pids(self.server)

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        time.sleep(seconds)


Done = tuple[str, float]


def _nothing(_house: House) -> None:
    """Prepare nothing."""


class Disturbance(NamedTuple):
    """Something that happens. *target* is the key of the target that its figure is for."""

    name: str
    sentence: str
    act: Callable[[House], Done]
    prepare: Callable[[House], None] = _nothing
    target: str = ""
    needs_disk: bool = False


def _calm(house: House) -> Done:
    house.wait(house.seconds)
    return "nothing", 0


def _reload(house: House) -> Done:
    end = time.monotonic() + house.seconds
    for number in itertools.count():
        if time.monotonic() >= end:
            return f"{number} reloads", number
        house.own.write_config(school_people(changed=f"turn-{number}.example"))
        house.own.reload()
    raise AssertionError


def _change_list(house: House) -> None:
    with house.own.lists[0].open("a") as file:
        file.write(f"new-{time.time_ns()}.example\n")


def _source_changed(house: House) -> Done:
    began = time.monotonic()
    house.own.run("lists", "build")
    seconds = time.monotonic() - began
    house.wait(max(0.0, house.seconds - seconds))
    return f"one of {len(house.own.lists)} lists built anew in {seconds:.1f} s", seconds


def _write_large_list(house: House) -> None:
    path = house.own.config.with_name("large.txt")
    with path.open("w") as file:
        for number in range(house.index_names - _names_there(house)):
            file.write(f"n{number}.large-{number % 977}.example\n")
    house.own.lists.append(path)


def _names_there(house: House) -> int:
    return sum(path.read_bytes().count(b"\n") for path in house.own.lists)


def _new_index(house: House) -> Done:
    began = time.monotonic()
    house.own.write_config(school_people())
    house.own.reload()
    house.own.run("lists", "build")
    seconds = time.monotonic() - began
    return f"an index of {house.index_names:,} names in {seconds:.1f} s", seconds


def _export(house: House, *since: str) -> Done:
    began = time.monotonic()
    rows = house.own.run("log", "--json", "--limit", str(MOST_ROWS), *since).count("\n")
    seconds = time.monotonic() - began
    house.wait(max(0.0, house.seconds - seconds))
    return f"{rows:,} rows in {seconds:.1f} s", seconds


def _export_days(house: House) -> Done:
    return _export(house, "--since", "7d")


def _export_all(house: House) -> Done:
    return _export(house)


def _disk_stalled(house: House) -> Done:
    assert house.disk is not None
    with freezing(house.disk, at_most_seconds=house.seconds + 10):
        house.wait(house.seconds)
    return f"no write for {house.seconds:g} s", house.seconds


def _control_stopped(house: House) -> Done:
    pid = house.control_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        house.wait(house.seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    return f"stopped for {house.seconds:g} s", house.seconds


def _devices_change(house: House) -> Done:
    began = time.monotonic()
    for number in itertools.count():
        due = began + number / CHANGES_PER_SECOND
        if due >= began + house.seconds:
            break
        house.wait(max(0.0, due - time.monotonic()))
        if time.monotonic() >= began + house.seconds:
            break
        house.own.write_config(school_people(devices=DEVICES, moved=number % DEVICES))
        with suppress(ControlError):
            house.own.reload()
    rate = number / (time.monotonic() - began)
    return f"{number} changes, {rate:.1f} a second", rate


DISTURBANCES: Final = (
    Disturbance("calm", "Nothing happens.", _calm),
    Disturbance(
        "reload",
        "One of 50 policies is changed and the config read anew, without a pause.",
        _reload,
    ),
    Disturbance(
        "devices",
        f"One of {DEVICES:,} devices changes its owner, {CHANGES_PER_SECOND} times a second.",
        _devices_change,
    ),
    Disturbance(
        "source",
        "One list of 50 changes; the index is built anew.",
        _source_changed,
        _change_list,
        "source_of_50",
    ),
    Disturbance("log-week", "The log of a week is exported.", _export_days),
    Disturbance("log-all", "The whole log is exported.", _export_all),
    Disturbance("control-stopped", "The control process gets SIGSTOP.", _control_stopped),
    Disturbance(
        "disk-stalled", "The disk of log and state takes no write.", _disk_stalled, needs_disk=True
    ),
    Disturbance(
        "index",
        "A list of millions of names comes; the index is built.",
        _new_index,
        _write_large_list,
    ),
)
