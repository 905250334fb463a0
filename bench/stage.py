"""What runs for the time of a bench: the upstream and the servers, each on its core."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from bench.names import Names
from bench.own_server import Filter
from bench.peer_servers import dnsmasq, unbound
from bench.servers import Server, Upstream, Wanted, pinned, upstream
from tests.support.peers import PACKAGE_BY_PROGRAM, find

OURS: Final = "filterdns"
START_BY_PEER: Final = {"unbound": unbound, "dnsmasq": dnsmasq}
SERVERS: Final = (OURS, *START_BY_PEER)


class Stage(NamedTuple):
    """*own* is there where filterdns is among the *servers*."""

    upstream: Upstream
    servers: list[Server]
    own: Filter | None


@contextmanager
def open_stage(
    console: Console,
    names: Names,
    wanted_servers: Sequence[str],
    folder: Path,
    names_to_cache: int,
) -> Iterator[Stage]:
    """Run the servers that are wanted until the block ends."""
    load_core, server_core = cores()
    with ExitStack() as stack:
        with pinned(load_core):
            authority = stack.enter_context(upstream(folder / "nsd"))
        wanted = Wanted(folder, names.blocked, authority.endpoint, names_to_cache)
        stage = Stage(authority, [], Filter(wanted) if OURS in wanted_servers else None)
        for name in wanted_servers:
            console.print(f"starting {name} …")
            with pinned(server_core):
                if name == OURS:
                    assert stage.own is not None
                    running = stage.own.running(stage.own.build())
                else:
                    running = START_BY_PEER[name](wanted)
                stage.servers.append(stack.enter_context(running))
        yield stage


def cores() -> tuple[int | None, int | None]:
    """Return a core for load and upstream, and another one for the server; None: there is one."""
    there = sorted(os.sched_getaffinity(0))
    return (there[0], there[-1]) if len(there) > 1 else (None, None)


def missing(programs: Sequence[str]) -> list[str]:
    """Return those that are not installed."""
    return [name for name in programs if name != OURS and find(name) is None]


def need_load() -> None:
    """End with a cure where the load or the upstream is missing."""
    if lacking := missing(("dnsperf", "nsd")):
        packages = " ".join(PACKAGE_BY_PROGRAM[name] for name in lacking)
        raise SystemExit(f"bench: {' and '.join(lacking)} not found; cure: apt install {packages}")
