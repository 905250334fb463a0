"""filterdns as it is measured: with everything on, for a house or for a school.

Policies with schedules, the log of blocked queries, metrics, TTLs that end where a policy changes.
Only the rate limit is out of the way: all queries of a house come from one address here.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.processes import with_module
from bench.servers import HOST, OUR_CHECKOUT, Server, Wanted, started
from bench.workloads import SCHOOL_ADDRESSES, school_addresses
from filterdns import __version__
from filterdns.cli.client import ControlClient
from tests.support.command import filterdns
from tests.support.house import PROGRAM, directory
from tests.support.peers import Endpoint, free_port

SCHOOL_POLICIES: Final = 50
BUILD_SECONDS: Final = 600.0


def house_people() -> str:
    """Return policy and device of the one child of a house."""
    return f"""\
  child: {{extends: safe, during: {{bedtime: {{internet: "off"}}}}}}
people:
  child: {{policy: child, devices: [{{name: bench, ip: {HOST}}}]}}
"""


def school_people(*, devices: int = SCHOOL_ADDRESSES, changed: str = "", moved: int = 0) -> str:
    """Return the policies of a school, and a person for each who has many devices.

    There are so many *devices* in all. *changed* is a name that the policy of one class blocks, and
    *moved* is the number of a device that somebody else has than before.
    """
    policies, more = SCHOOL_POLICIES, changed and f", {changed}"
    addresses = school_addresses()[:devices]
    addresses[0], addresses[moved] = addresses[moved], addresses[0]
    lines = [
        f"  class-{n}: {{extends: safe, block: [own-{n}.example{more if n == 0 else ''}],"
        f' during: {{bedtime: {{internet: "off"}}}}}}'
        for n in range(policies)
    ]
    lines.append("people:")
    for n in range(policies):
        phones = (
            f"{{name: d{place}, ip: {address}}}"
            for place, address in enumerate(addresses[n::policies])
        )
        lines.append(f"  class-{n}: {{policy: class-{n}, devices: [{', '.join(phones)}]}}")
    return "\n".join(lines) + "\n"


def worker_pids(server: Server) -> list[int]:
    """Return the workers of filterdns that answer; the youngest of all stands by."""
    return with_module(server.pid, "filterdns.worker")[:-1]


class Filter:
    """The files of a filterdns that blocks the names of *wanted*: config, lists, state.

    The next config that is written says how many *workers* there are.
    """

    def __init__(self, wanted: Wanted, *, workers: int = 1, lists: int = 1) -> None:
        self.endpoint = Endpoint(HOST, free_port(HOST))
        self.folder = directory(wanted.folder)
        self.config = wanted.folder / "filterdns.yaml"
        self.lists = [wanted.folder / f"list-{number}.txt" for number in range(lists)]
        for number, path in enumerate(self.lists):
            path.write_text("\n".join(wanted.blocked[number::lists]) + "\n")
        self._wanted = wanted
        self._metrics = free_port(HOST)
        self.workers = workers
        self.write_config(house_people())

    @property
    def control(self) -> ControlClient:
        """Speaks to the running filter as the commands do."""
        return ControlClient(self.folder / "run" / "control.sock")

    def write_config(self, people: str, *, log: str = "blocked", cache_mib: int = 32) -> None:
        """Write the config with the *people*, where `reload` finds it."""
        sources = ", ".join(f'"file:{path}"' for path in self.lists)
        later = datetime.now(UTC) + timedelta(hours=6)
        bedtime = f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}"
        fresh = self.config.with_suffix(".new")
        fresh.write_text(f"""\
version: 1
timezone: UTC
listen: {{dns: ["{self.endpoint}"], workers: {self.workers}}}
upstreams: {{servers: ["{self._wanted.upstream}"]}}
categories: {{adult: {{sources: [{sources}]}}}}
schedules: {{bedtime: {{daily: "{bedtime}"}}}}
history: {{queries: blocked, keep: 60d, at_most: 2GB}}
metrics: {{listen: "{HOST}:{self._metrics}"}}
limits: {{queries_per_second: 10000000, burst: 10000000, cache_size: {cache_mib}MiB}}
policies:
  safe:
    block: [adult]
    bypass: {{doh: block}}
    answer: {{mode: zero-ip, max_ttl: 5m}}
    log: {log}
{people}""")
        fresh.replace(self.config)

    def build(self) -> dict[str, Any]:
        """Build the index; return what it cost, and how large it is."""
        command: list[str | Path] = ["lists", "build", "--json"]
        command += ["--config", self.config, "--dir", self.folder]
        began = time.monotonic()
        built = filterdns(*command, environment=OUR_CHECKOUT, seconds=BUILD_SECONDS)
        seconds = time.monotonic() - began
        assert built.code == 0, built.err
        report = json.loads(built.out)
        [index] = (self.folder / "state" / "lists").glob("index-*.idx")
        size = index.stat().st_size
        return {
            "names": report["names"],
            "seconds": round(seconds, 2),
            "cpu_seconds": round(built.cpu_seconds, 2),
            "largest_process_bytes": built.peak_bytes,
            "index_bytes": size,
            "bytes_a_name": round(size / report["names"], 2),
        }

    @contextmanager
    def running(self, built: dict[str, Any] | None = None) -> Iterator[Server]:
        """Run it until the block ends."""
        command: list[str | Path] = [PROGRAM, "serve", "--config", self.config]
        command += ["--dir", self.folder]
        with started(
            "filterdns", __version__, command, self.endpoint, self._wanted, built
        ) as server:
            yield server

    def reload(self) -> None:
        """Let the running filter read its config anew."""
        self.control.post("/api/reload")

    def read_log(self) -> None:
        """Have all rows of the log sent up and written."""
        self.control.get("/api/log", limit=1)

    def run(self, *arguments: str) -> str:
        """Run `filterdns ARGUMENTS` beside the running filter and return what it prints."""
        command: list[str | Path] = [PROGRAM, *arguments, "--dir", self.folder]
        done = subprocess.run(
            command, env=OUR_CHECKOUT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"bench: filterdns {' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout

    def enter_school(self) -> None:
        """Let the running filter be that of a school, by a reload."""
        self.write_config(school_people())
        self.reload()
