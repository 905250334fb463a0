"""Hosts on cables: network namespaces that a test makes, works in, and removes.

    with cable() as (house, street):
        house.command("addr", "add", "10.77.1.1/24", "dev", CABLE)
        with street.inside():
            … sockets and processes of this thread are in the street …

Needs root. Where that is not to be had the test is skipped with the reason; CI=true: it fails.
"""

import ctypes
import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.support.peers import need

CABLE: Final = "cable0"  # the name of the interface in both
_NUMBERS: Final = itertools.count()
CLONE_NEWNET: Final = 0x40000000  # linux/sched.h


class Namespace:
    """A network namespace with its loopback interface up."""

    def __init__(self, name: str) -> None:
        self.name = name

    def command(self, *arguments: str) -> str:
        """Run `ip ARGUMENTS` in it; return what that prints."""
        return subprocess.run(
            [need("ip"), "-netns", self.name, *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put this thread, and the processes that it starts, into the namespace for the block."""
        with Path("/proc/thread-self/ns/net").open() as outside:
            with Path("/run/netns", self.name).open() as namespace:
                _enter(namespace.fileno())
            try:
                yield
            finally:
                _enter(outside.fileno())


@contextmanager
def cable() -> Iterator[tuple[Namespace, Namespace]]:
    """Give two namespaces with a cable between them; no address is on it but IPv6's loopback."""
    with namespaces("house", "street") as (house, street):
        lay_cable(house, street)
        yield house, street


@contextmanager
def namespaces(*ends: str) -> Iterator[tuple[Namespace, ...]]:
    """Give a namespace for each of *ends*, which are words for their names."""
    number = next(_NUMBERS)  # a test may have several houses at a time
    wanted = tuple(Namespace(f"filterdns-{os.getpid()}-{number}-{end}") for end in ends)
    made: list[Namespace] = []
    try:
        for end in wanted:
            _make(end)
            made.append(end)
            end.command("link", "set", "lo", "up")
        yield wanted
    finally:
        for end in made:
            subprocess.run([need("ip"), "netns", "delete", end.name], check=True)


def connect(one: Namespace, name: str, other: Namespace, other_name: str) -> None:
    """Lay a cable between two namespaces, its ends called *name* and *other_name*."""
    peer = ("peer", "name", other_name, "netns", other.name)
    one.command("link", "add", name, "type", "veth", *peer)
    for end, interface in ((one, name), (other, other_name)):
        end.command("link", "set", interface, "addrgenmode", "none")
        end.command("link", "set", interface, "up")


def lay_cable(house: Namespace, street: Namespace) -> None:
    """Connect the two by interfaces that are new, whatever has had their name before."""
    connect(house, CABLE, street, CABLE)


def _make(namespace: Namespace) -> None:
    made = subprocess.run(
        [need("ip"), "netns", "add", namespace.name], capture_output=True, text=True, check=False
    )
    if made.returncode:
        reason = f"needs root and network namespaces: {made.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def _enter(descriptor: int) -> None:
    # os.setns is there from Python 3.12 on.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
