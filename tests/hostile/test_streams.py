"""Whoever takes every connection, or never reads, has a bounded share of both."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from filterdns.dns.framing import frame
from soak.outcomes import count_outcomes
from tests.support.hostile import (
    CONNECTIONS,
    HOSTILE,
    NEIGHBOUR,
    Flood,
    is_open,
    open_small_house,
    question,
)
from tests.support.house import House

pytestmark = pytest.mark.timeout(300)

CROWD = 4 * CONNECTIONS
NEVER_READING = 3
PIPELINED = 1_500  # 20 MB of answers: the kernel takes four of them for one that does not read
GROWTH_BYTES = 4 << 20  # beside 256 KB that may be unsent


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_small_house(tmp_path_factory.mktemp("streams")) as (house, _):
        yield house


def connect(house: House, client: str) -> socket.socket:
    return socket.create_connection(house.server, 5.0, source_address=(client, 0))


def ask(sock: socket.socket, name: str) -> bytes:
    """Ask over *sock*; return the answer, empty where the connection was closed."""
    sock.sendall(frame(b"\x00\x01" + question(name)))
    try:
        length = int.from_bytes(sock.recv(2))
        return sock.recv(length, socket.MSG_WAITALL) if length else b""
    except ConnectionResetError:
        return b""


def connections(house: House) -> int:
    count_outcomes(house)
    return int(house.metric('filterdns_tcp_connections{worker="0"}'))


def test_one_client_has_so_many_connections_and_its_neighbour_has_one(house: House) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(connect(house, HOSTILE)) for _ in range(CROWD)]
        answers = []
        for sock in crowd:
            with suppress(BrokenPipeError, ConnectionResetError):
                answers.append(ask(sock, "www.example"))
        assert sum(map(is_open, answers)) == CONNECTIONS
        with connect(house, NEIGHBOUR) as sock:
            assert is_open(ask(sock, "www.example"))
        assert connections(house) <= CONNECTIONS + 1


def never_read(house: House, stack: ExitStack) -> None:
    """Ask for more than a connection holds, all at once, and read nothing; *stack* closes it."""
    pid = house.status()["workers"][0]["pid"]
    sock = stack.enter_context(socket.socket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind((HOSTILE, 0))
    sock.settimeout(5.0)
    os.kill(pid, signal.SIGSTOP)  # so that all is there when the worker looks
    try:
        sock.connect(house.server)
        sock.sendall(frame(b"\x00\x01" + question("big.example")) * PIPELINED)
    finally:
        os.kill(pid, signal.SIGCONT)


def have_big_cached(house: House) -> None:
    with connect(house, NEIGHBOUR) as sock:
        assert is_open(ask(sock, "big.example"))


def test_a_client_that_never_reads_is_closed_and_others_go_on(house: House) -> None:
    have_big_cached(house)
    with ExitStack() as stack, Flood(house.server, NEIGHBOUR) as neighbour:
        for _ in range(NEVER_READING):
            never_read(house, stack)
            assert all(map(is_open, neighbour.ask([question("www.example")] * 10)))
        house.wait_until(lambda: connections(house) == 0, "the end of who does not read", 8.0)
    assert neighbour.lost == 0


def test_answers_for_a_client_that_never_reads_take_little_memory(tmp_path: Path) -> None:
    # A worker of its own: what another one has had before, its allocator keeps for the next.
    with open_small_house(tmp_path) as (house, _), ExitStack() as stack:
        pid = house.status()["workers"][0]["pid"]
        have_big_cached(house)
        before = peak_bytes(pid)
        never_read(house, stack)
        assert is_open(ask(stack.enter_context(connect(house, NEIGHBOUR)), "big.example"))
        assert peak_bytes(pid) - before < GROWTH_BYTES


def peak_bytes(pid: int) -> int:
    """Return the most memory that the process *pid* has had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")
