"""`python -m filterdns.worker` as the supervisor starts it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from filterdns import channel
from filterdns.policy.ruleset import Ruleset
from filterdns.resolver.image import Image, write_image
from tests.support.messages import parsed, query_bytes

PATIENCE_SECONDS = 20


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[tuple[socket.socket, "subprocess.Popen[str]"]]:
    """Start a worker; yield the supervisor's end of its channel and the process."""
    write_image(Image(1, Ruleset()), tmp_path / "image")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(PATIENCE_SECONDS)
    with ours, start(theirs) as process:
        begin(ours, tmp_path / "image")
        try:
            yield ours, process
        finally:
            process.kill()


def start(theirs: socket.socket) -> "subprocess.Popen[str]":
    with theirs:
        return subprocess.Popen(
            [sys.executable, "-m", "filterdns.worker", "--fd", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def begin(end: socket.socket, image: Path) -> None:
    arguments = ["--index", "0", "--image", str(image)]
    arguments += ["--workers-socket", str(image.with_name("workers.sock"))]
    channel.send(end, {"t": "begin", "arguments": arguments})


def hear(end: socket.socket, kind: str) -> None:
    while (received := channel.receive(end)) is not None:
        if received.message["t"] == kind:
            return
    raise AssertionError(f"the worker has ended without {kind}")


def test_it_serves_and_ends_when_it_is_told_to(
    supervisor: tuple[socket.socket, "subprocess.Popen[str]"],
) -> None:
    end, process = supervisor
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        message = {"t": "sockets", "udp": [udp.getsockname()], "tcp": []}
        channel.send(end, message, [udp.fileno()])
        hear(end, "ready")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE_SECONDS)
            client.sendto(query_bytes("localhost"), udp.getsockname())
            assert str(parsed(client.recv(512)).rr[0].rdata) == "127.0.0.1"
    channel.send(end, {"t": "stop"})
    hear(end, "stopped")
    assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_ends_it_in_order_and_control_c_is_the_supervisors(
    supervisor: tuple[socket.socket, "subprocess.Popen[str]"], number: int
) -> None:
    end, process = supervisor
    hear(end, "beat")
    os.kill(process.pid, number)
    if number == signal.SIGINT:
        hear(end, "beat")
        channel.send(end, {"t": "stop"})
    hear(end, "stopped")
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_bad_image_ends_it_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "image").write_text("junk")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, start(theirs) as process:
        begin(ours, tmp_path / "image")
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "a worker cannot start" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("is_told", [True, False], ids=["told to stop", "supervisor gone"])
def test_one_that_is_not_needed_any_more_ends_without_a_word(is_told: bool) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, start(theirs) as process:
        if is_told:
            channel.send(ours, {"t": "stop"})
        else:
            ours.close()
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, said) == (0, "")
