"""Who holds a port, read from /proc (proc(5)); only to say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final


def port_holder(port: int, transport: str) -> str:
    """Return the program that holds *port*, such as `dnsmasq (pid 812)`; empty if none is seen.

    *transport* is `udp` or `tcp`. Without the right to look into other users' processes only our
    own can be found.
    """
    return next(port_holders(port, transport), "")


def port_holders(port: int, transport: str) -> Iterator[str]:
    """Yield the programs that hold *port*, on whatever address, as `port_holder` names them."""
    inodes = set(_inodes(port, transport))
    if not inodes:
        return
    links = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        if _has_link(process / "fd", links):
            yield f"{_command(process)} (pid {process.name})"


_TCP_LISTEN: Final = "0A"  # include/net/tcp_states.h


def _inodes(port: int, transport: str) -> Iterator[str]:
    for table in (transport, f"{transport}6"):
        try:
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            is_bound = transport == "udp" or fields[3] == _TCP_LISTEN
            if is_bound and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _has_link(folder: Path, links: set[str]) -> bool:
    try:
        return any(str(entry.readlink()) in links for entry in folder.iterdir())
    except OSError:
        return False


def _command(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
