"""All processes at once get SIGKILL, at random moments while everything is being written.

Each round starts the filter in the folder that the last one left, looks whether all is as the last
acknowledged change has left it, then asks, reloads, builds lists and reads the log at the same time
until the moment has come. A change that was under way then may be there or not.
"""

import os
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from soak import household
from soak.settings import Setting
from soak.stage import ConfigWriter, Stage
from soak.writing import Written, writing
from tests.support.house import (
    PROGRAM,
    House,
    clock_file,
    config_file,
    descendants,
    directory,
    is_running,
)
from tests.support.peers import Endpoint, free_port, nsd, running

KILLS: Final = "all-killed"
LONGEST_SECONDS: Final = 2.0  # of writing, until all are killed
BASE_ROUNDS: Final = 10  # what lies in the folder after them is the measure for later rounds
MORE_FILES: Final = 2  # of one kind, which a later start may still find and remove
GONE_SECONDS: Final = 5.0
SETTLE_SECONDS: Final = 60.0
ROUND_SECONDS: Final = 3600  # time goes on: of each device, 200 names an hour are logged


class KillReport(NamedTuple):
    """What came of all rounds; the seed makes the moments the same again."""

    rounds: int
    seed: int
    changes: int
    rows: int
    slowest_start_seconds: float
    files: int
    kilobytes: int
    failures: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return it in words."""
        said = (
            f"{KILLS}: {self.rounds} rounds (seed {self.seed}), {self.changes} changes and"
            f" {self.rows} rows of the log acknowledged, slowest start"
            f" {self.slowest_start_seconds:.1f} s, {self.files} files of {self.kilobytes:,} kB left"
        )
        return [said, *(f"{KILLS}: {failure}" for failure in self.failures)]


def try_kills(folder: Path, rounds: int, seed: int, show: Callable[[str], None]) -> KillReport:
    """Kill everything *rounds* times in *folder*; return what was found."""
    folder.mkdir(parents=True, exist_ok=True)
    household.write_lists(folder / "lists")
    random = Random(seed)
    with nsd(folder / "nsd", household.ZONES) as upstream:
        place = _Place(folder, upstream)
        for number in range(1, rounds + 1):
            show(f"round {number} of {rounds}, {place.written.changes} changes acknowledged")
            place.live_and_die(number, random.uniform(0.0, LONGEST_SECONDS))
        place.look_back(rounds + 1)
    return place.report(rounds, seed)


class _Place:
    """The folder of a filter that dies again and again, and what has to be found in it."""

    def __init__(self, folder: Path, upstream: Endpoint) -> None:
        self.written = Written()
        self._folder = folder
        self._server = Endpoint("127.0.0.1", free_port())
        self._config = ConfigWriter(folder, self._server.port, Setting())
        self._config.write()
        self._command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
        self._command += ["--dir", directory(folder), "--test-clock", clock_file(folder)]
        self._command += ["--upstream", str(upstream)]
        self._slowest_start_seconds = 0.0
        self._base: Counter[str] = Counter()
        self._base_bytes = 0
        self._failures: list[str] = []

    def live_and_die(self, number: int, seconds: float) -> None:
        """Start, check, write for *seconds*, be killed."""
        with self._life(number) as stage:
            self._check(number, stage)
            with writing(stage, self.written, number):
                time.sleep(seconds)
                _kill_all(stage.house.process.pid)
                stage.house.process.wait()
        for complaint in stage.complaints:
            self._fail(number, complaint)
        self._check_database(number)

    def look_back(self, number: int) -> None:
        """Start a last time, check, and end in order."""
        with self._life(number) as stage:
            self._check(number, stage)
            stage.house.stop()

    def report(self, rounds: int, seed: int) -> KillReport:
        """Return what was found."""
        return KillReport(
            rounds,
            seed,
            self.written.changes,
            len(self.written.rows),
            self._slowest_start_seconds,
            sum(1 for path in directory(self._folder).rglob("*") if path.is_file()),
            _bytes_below(directory(self._folder)) >> 10,
            tuple(self._failures),
        )

    @contextmanager
    def _life(self, number: int) -> Iterator[Stage]:
        clock_file(self._folder).write_text(str(ROUND_SECONDS * number))
        started = time.monotonic()
        log = self._folder / f"filterdns-{number}.log"
        with running(self._command, self._server, log) as process:
            seconds = time.monotonic() - started
            self._slowest_start_seconds = max(self._slowest_start_seconds, seconds)
            house = House(process, self._server, self._server, self._folder)
            yield Stage(house, Setting(), 0.0, self._config)
        if not self._failures:
            log.unlink()  # only those of a round that went wrong tell anything

    # What has to be found.

    def _check(self, number: int, stage: Stage) -> None:
        stage.house.wait_until(stage.is_well, "control", SETTLE_SECONDS)
        self._check_policy(number, stage)
        self._check_rows(number, stage)
        stage.house.wait_until(
            lambda: not stage.house.lists()["building"], "the lists", SETTLE_SECONDS
        )
        self._check_files(number)

    def _check_policy(self, number: int, stage: Stage) -> None:
        found = stage.is_blocked(household.TOGGLED)
        if found is None or found not in self.written.toggled:
            wanted = " or ".join(map(str, sorted(self.written.toggled)))
            self._fail(number, f"{household.TOGGLED} is blocked: {found}, not {wanted}")
        else:
            self.written.toggled = {found}
        name = self.written.listed
        if name and not stage.is_blocked(name):
            self._fail(number, f"{name} of an acknowledged list is not blocked")

    def _check_rows(self, number: int, stage: Stage) -> None:
        found = {row["name"] for row in stage.house.control.get("/api/log", limit=100_000)["rows"]}
        if lost := self.written.rows - found:
            self._fail(number, f"{len(lost)} rows of the log are gone, such as {min(lost)}")

    def _check_database(self, number: int) -> None:
        """Look into a copy, so that the filter itself has to recover what was not finished."""
        with TemporaryDirectory() as copy:
            state = directory(self._folder) / "state"
            copytree(state, copy, dirs_exist_ok=True, ignore=ignore_patterns("lists"))
            with closing(sqlite3.connect(Path(copy, "history.db"))) as database:
                [(said,)] = database.execute("PRAGMA integrity_check").fetchmany(1)
        if said != "ok":
            self._fail(number, f"the history is damaged: {said}")

    def _check_files(self, number: int) -> None:
        found = Counter(_kinds(directory(self._folder)))
        size = _bytes_below(directory(self._folder), without="history.db")
        if number <= BASE_ROUNDS:
            self._base |= found
            self._base_bytes = max(self._base_bytes, size)
            return
        for kind, count in found.items():
            if count > self._base[kind] + MORE_FILES:
                self._fail(number, f"{count} files like {kind}, {self._base[kind]} at first")
        if size > 2 * self._base_bytes:
            self._fail(number, f"{size >> 10} kB in the folder, {self._base_bytes >> 10} at first")

    def _fail(self, number: int, why: str) -> None:
        self._failures.append(f"round {number}: {why}")


def _kill_all(pid: int) -> None:
    """Kill *pid* and all below it at one moment: stopped first, so that none starts another."""
    stopped: set[int] = set()
    while new := {pid, *descendants(pid)} - stopped:
        for each in new:
            _send(each, signal.SIGSTOP)
        stopped |= new
    for each in stopped:
        _send(each, signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS
    while any(is_running(each) for each in stopped):
        assert time.monotonic() < deadline, "killed processes are still there"
        time.sleep(0.01)


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended by itself


def _kinds(folder: Path) -> Iterator[str]:
    """Yield the name of each file with hashes and numbers taken out of it."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield re.sub(r"[0-9a-f]{8,}|\d+", "#", str(path.relative_to(folder)))


def _bytes_below(folder: Path, without: str = "-") -> int:
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(without)
    )
