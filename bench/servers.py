"""A server that is measured: started, waited for, told apart from one that only answers.

All have one thread, the same blocklist and the same upstream.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.names import ROOT
from filterdns.dns.names import from_text
from tests.support.peers import READY_QUERY, Endpoint, find, nsd

HOST: Final = "127.0.0.1"
ALLOWED_ADDRESS: Final = "192.0.2.99"
LOADING_SECONDS: Final = 300
LOOK_SECONDS: Final = 0.01
END_SECONDS: Final = 10
# Wherever the package is installed from, what is measured is the checkout that the bench stands in.
OUR_CHECKOUT: Final = {**os.environ, "PYTHONPATH": str(ROOT)}


class Server(NamedTuple):
    """A running server; *pid* is the first of its processes.

    *first_answer_seconds* and *blocking_seconds* count from its start: until it answered anything,
    and until it blocked what it has to block.
    """

    name: str
    version: str
    endpoint: Endpoint
    pid: int
    first_answer_seconds: float
    blocking_seconds: float
    built: dict[str, Any]
    """What the blocklist cost before the start, where it is built apart."""


class Wanted(NamedTuple):
    """What a server is to do: block the names of *blocked*, ask *upstream* for the others.

    *names_to_cache* are as many as will be asked.
    """

    folder: Path
    blocked: list[str]
    upstream: Endpoint
    names_to_cache: int


class Upstream(NamedTuple):
    """The running upstream."""

    endpoint: Endpoint
    pid: int


@contextmanager
def upstream(folder: Path) -> Iterator[Upstream]:
    """Run NSD with a wildcard at the root: an address for any name."""
    before = children()
    wildcard = f"* A {ALLOWED_ADDRESS}\n* AAAA 2001:db8::99\n"
    with nsd(folder, {".": wildcard}) as endpoint:
        [pid] = children() - before
        yield Upstream(endpoint, pid)


def children() -> set[int]:
    """Return the pids of our children."""
    return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this process, and those that it starts meanwhile, on *core* (None: anywhere)."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def started(
    name: str,
    version: str,
    arguments: Sequence[str | Path],
    endpoint: Endpoint,
    wanted: Wanted,
    built: dict[str, Any] | None = None,
) -> Iterator[Server]:
    """Run a server until the block ends; when it begins, the server blocks what it has to."""
    log = wanted.folder / f"{name}.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            env=OUR_CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        first = _wait_until(process, lambda: bool(_ask(endpoint, READY_QUERY)), log) - began
        blocking = _wait_until(process, lambda: _blocks(endpoint, wanted), log) - began
        yield Server(
            name, version, endpoint, process.pid, round(first, 3), round(blocking, 3), built or {}
        )
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> str:
    """Return the path of a peer that is known to be there."""
    found = find(name)
    assert found is not None, name
    return found


def _wait_until(process: "subprocess.Popen[bytes]", holds: Callable[[], bool], log: Path) -> float:
    """Return the moment, in monotonic seconds, at which it holds for the first time."""
    deadline = time.monotonic() + LOADING_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if holds():
            return time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_SECONDS)
    said = log.read_text(errors="replace")[-2_000:]
    raise SystemExit(f"bench: {process.args!r} does not come up as it has to:\n{said}")


def _blocks(endpoint: Endpoint, wanted: Wanted) -> bool:
    """Whether a listed name is blocked and another name resolves."""
    address = socket.inet_aton(ALLOWED_ADDRESS)
    blocked = _ask(endpoint, _query(wanted.blocked[-1]))
    allowed = _ask(endpoint, _query("allowed.example.org"))
    return bool(blocked) and address not in blocked and address in allowed


def _query(name: str) -> bytes:
    return READY_QUERY[:12] + from_text(name) + b"\x00\x01\x00\x01"


def _ask(endpoint: Endpoint, query: bytes) -> bytes:
    """Return the answer of the server, empty if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.connect(endpoint)
        try:
            client.send(query)
            return client.recv(4096)
        except (TimeoutError, ConnectionRefusedError):
            return b""
