"""What a service manager and we say to each other: sd_notify(3), sd_listen_fds(3), watchdog.

Plain functions over the environment; without a service manager each does nothing.
"""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final


def notify(environment: Mapping[str, str], *lines: str) -> None:
    """Send *lines* such as `READY=1` to the service manager, if there is one that listens."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace, unix(7)
    with (
        suppress(OSError),  # one that went away is no reason to stop, nor is a want of descriptors
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager,
    ):
        manager.sendto("\n".join(lines).encode(), address)


def reloading() -> tuple[str, str]:
    """Return the lines that announce a reload (`Type=notify-reload` wants the time with it)."""
    return "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"


def watchdog_seconds(environment: Mapping[str, str]) -> float:
    """Return after how many seconds of silence the manager kills us; 0 where it does not."""
    pid = environment.get("WATCHDOG_PID", "")
    if pid and pid != str(os.getpid()):
        return 0.0
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0


class Watchdog:
    """Tells the manager twice in its time that all is well. Times are monotonic seconds."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._every_seconds = watchdog_seconds(environment) / 2
        self._fed_at = 0.0

    def feed(self, now: float) -> None:
        """Tell it, if that is due; whoever calls knows that all is well."""
        if self._every_seconds and now - self._fed_at >= self._every_seconds:
            self._fed_at = now
            notify(self._environment, "WATCHDOG=1")


def passed_sockets(environment: Mapping[str, str]) -> list[socket.socket]:
    """Return the bound sockets that the manager has passed to this process, not inheritable."""
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID", "") != str(os.getpid()) or not count.isdecimal():
        return []
    descriptors = range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(count))
    passed = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    for one in passed:
        one.set_inheritable(False)
        one.setblocking(False)
    return passed


_FIRST_DESCRIPTOR: Final = 3  # SD_LISTEN_FDS_START
