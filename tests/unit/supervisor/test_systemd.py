import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from filterdns.supervisor import systemd
from tests.support.descriptors import no_free_descriptor


def test_the_manager_hears_what_is_said(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        systemd.notify({"NOTIFY_SOCKET": address}, "READY=1", "STATUS=serves")
        assert manager.recv(100) == b"READY=1\nSTATUS=serves"


def test_the_abstract_namespace_is_understood() -> None:
    name = f"filterdns-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        systemd.notify({"NOTIFY_SOCKET": "@" + name}, "READY=1")
        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nonexistent/notify"}])
def test_nobody_listening_is_no_error(environment: dict[str, str]) -> None:
    systemd.notify(environment, "READY=1")


def test_a_reload_is_announced_with_its_time() -> None:
    assert systemd.reloading()[1].startswith("MONOTONIC_USEC=")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdog_is_ours_only_where_it_says_so(
    environment: dict[str, str], seconds: float
) -> None:
    assert systemd.watchdog_seconds(environment) == seconds


def test_the_watchdog_is_fed_twice_in_its_time(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.setblocking(False)
        watchdog = systemd.Watchdog({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "10000000"})
        fed = []
        for now in (100.0, 104.0, 106.0, 107.0, 111.5):
            watchdog.feed(now)
            with suppress(BlockingIOError):
                manager.recv(100)
                fed.append(now)
    assert fed == [100.0, 106.0, 111.5]


TAKE_SOCKETS = """
import os
from filterdns.supervisor.systemd import passed_sockets
for one in passed_sockets({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}):
    print(one.getsockname()[1], one.type.name, one.get_inheritable())
"""


def test_sockets_of_the_manager_are_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        # The child finds the socket as descriptor 3, where sd_listen_fds(3) puts the first one.
        start = f"import os, sys; os.dup2({udp.fileno()}, 3); exec(sys.argv[1])"
        result = subprocess.run(
            [sys.executable, "-c", start, TAKE_SOCKETS],
            pass_fds=[udp.fileno()],
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.split() == [str(udp.getsockname()[1]), "SOCK_DGRAM", "False"]


def test_sockets_for_another_process_are_left_alone() -> None:
    assert systemd.passed_sockets({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) == []


def test_without_a_descriptor_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    with no_free_descriptor():
        systemd.notify({"NOTIFY_SOCKET": str(tmp_path / "manager")}, "WATCHDOG=1")
