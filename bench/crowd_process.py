"""The crowd as whoever starts it sees it: a process that asks and says what it counted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.servers import OUR_CHECKOUT
from tests.support.peers import Endpoint


class Counted(NamedTuple):
    """What a crowd says when it ends; latencies in microseconds."""

    seconds: float
    sent: int
    answered: int
    lost: int
    failed: int
    mean_us: float
    p50_us: float
    p99_us: float
    p999_us: float
    worst_us: float
    cpu_share: float


def ask_as_crowd(
    server: Endpoint, plan: Path, seconds: float | None, *, rate: float | None = None
) -> Counted:
    """Ask the queries of *plan* for *seconds*, or once; at *rate*, or as fast as they come back."""
    with _started(server, plan, seconds, rate) as process:
        return _counted(process)


class RunningCrowd:
    """A crowd that asks until somebody wants to know."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def stop(self) -> Counted:
        """Let it end and return what it counted."""
        self._process.terminate()
        return _counted(self._process)


@contextmanager
def crowd(server: Endpoint, plan: Path, rate: float) -> Iterator[RunningCrowd]:
    """Let a crowd ask at *rate* until the block ends; it has begun when the block begins."""
    with _started(server, plan, None, rate, is_endless=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield RunningCrowd(process)


@contextmanager
def _started(
    server: Endpoint,
    plan: Path,
    seconds: float | None,
    rate: float | None,
    *,
    is_endless: bool = False,
) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "bench.crowd", "--server", str(server), "--plan", str(plan)]
    if is_endless:
        command += ["--seconds", "3600"]
    elif seconds is not None:
        command += ["--seconds", f"{seconds:g}"]
    if rate is not None:
        command += ["--rate", f"{rate:g}"]
    process = subprocess.Popen(command, env=OUR_CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _counted(process: "subprocess.Popen[str]") -> Counted:
    said, _ = process.communicate(timeout=600)
    if process.returncode:
        raise SystemExit("bench: the crowd failed; what it said stands above")
    return Counted(**json.loads(said.splitlines()[-1]))
