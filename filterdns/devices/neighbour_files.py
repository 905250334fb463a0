"""The neighbour table where no rtnetlink is to be had: files of /proc, and the `ip` command.

/proc/net/arp knows IPv4 only; `ip -json neighbour` knows both, where there is such a program and it
may do what we may not.
"""

import json
import socket
import subprocess
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from filterdns.devices.neighbour import is_device_mac, write_mac
from filterdns.devices.neighbour_messages import Entry


def polled_entries() -> list[Entry]:
    """Return what can be found out; nothing where nothing can."""
    return list(_by_command()) or list(_by_file())


def read_arp(text: str) -> Iterator[Entry]:
    """Yield the entries of /proc/net/arp (proc(5)) that somebody has answered for.

    IP address       HW type     Flags       HW address            Mask     Device
    192.168.1.20     0x1         0x2         3c:22:fb:01:02:03     *        eth0
    """
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) != _ARP_FIELDS:
            continue
        address, _, flags, mac, _, interface = fields
        if flags in _ARP_ANSWERED:
            yield from _entry(address, mac, interface)


def read_neighbours(text: str) -> Iterator[Entry]:
    """Yield the entries that `ip -json neighbour` (ip-neighbour(8)) prints as *text*."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and _ANSWERED.intersection(_words(row.get("state"))):
            fields = (row.get("dst"), row.get("lladdr"), row.get("dev"))
            yield from _entry(*fields, is_router="router" in row)


def _by_command() -> Iterator[Entry]:
    try:
        said = subprocess.run(
            ["ip", "-json", "neighbour", "show"],  # noqa: S607 - wherever the system has it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return
    yield from read_neighbours(said.stdout.decode(errors="replace"))


def _by_file() -> Iterator[Entry]:
    try:
        yield from read_arp(_ARP.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return


def _words(state: Any) -> Iterable[str]:
    return [each for each in state if isinstance(each, str)] if isinstance(state, list) else ()


def _entry(address: Any, mac: Any, interface: Any, *, is_router: bool = False) -> Iterator[Entry]:
    try:
        packed = bytes.fromhex(mac.replace(":", ""))
        number = socket.if_nametoindex(interface)
        canonical = str(ip_address(address))
    except (AttributeError, TypeError, ValueError, OSError):  # gone meanwhile, or no such thing
        return
    if is_device_mac(packed):
        yield Entry(number, canonical, write_mac(packed), is_router)


_ARP: Final = Path(
    "/proc/thread-self/net/arp"
)  # of our own network namespace, whatever else is hidden
_ARP_FIELDS: Final = 6
_ARP_ANSWERED: Final = frozenset({"0x2", "0x6"})  # ATF_COM, ATF_COM | ATF_PERM: linux/if_arp.h
_ANSWERED: Final = frozenset({"REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT"})
_PATIENCE_SECONDS: Final = 5.0
