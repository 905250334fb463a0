"""filterdns as it is measured: with everything on, for a house or for a school.

Policies with schedules, the log of blocked queries, metrics, TTLs that end where a policy changes.
Only the rate limit is out of the way: all queries of a house come from one address here.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.servers import HOST, Server, Wanted, started
from bench.workloads import school_addresses
from filterdns import __version__
from filterdns.cli.client import ControlClient
from tests.support.peers import Endpoint, free_port

PROGRAM: Final = Path(sys.executable).with_name("filterdns")
SCHOOL_POLICIES: Final = 50


def house_people() -> str:
    """Return policy and device of the one child of a house."""
    return f"""\
  child: {{extends: safe, during: {{bedtime: {{internet: "off"}}}}}}
people:
  child: {{policy: child, devices: [{{name: bench, ip: {HOST}}}]}}
"""


def school_people(policies: int = SCHOOL_POLICIES) -> str:
    """Return the policies of a school, and a person for each who has many devices."""
    addresses = school_addresses()
    lines = [
        f"  class-{n}: {{extends: safe, block: [own-{n}.example],"
        f' during: {{bedtime: {{internet: "off"}}}}}}'
        for n in range(policies)
    ]
    lines.append("people:")
    for n in range(policies):
        devices = (
            f"{{name: d{place}, ip: {address}}}"
            for place, address in enumerate(addresses[n::policies])
        )
        lines.append(f"  class-{n}: {{policy: class-{n}, devices: [{', '.join(devices)}]}}")
    return "\n".join(lines) + "\n"


class Filter:
    """The files of a filterdns that blocks the names of *wanted*: config, lists, state."""

    def __init__(self, wanted: Wanted, *, workers: int = 1, more: str = "") -> None:
        self.endpoint = Endpoint(HOST, free_port(HOST))
        self.folder = wanted.folder / "filterdns"
        self.config = wanted.folder / "filterdns.yaml"
        self.list = wanted.folder / "filterdns.txt"
        self.list.write_text("\n".join(wanted.blocked) + "\n")
        self._wanted = wanted
        self._metrics = free_port(HOST)
        self._workers = workers
        self._more = more
        self.write_config(house_people())

    @property
    def control(self) -> ControlClient:
        """Speaks to the running filter as the commands do."""
        return ControlClient(self.folder / "run" / "control.sock")

    def write_config(self, people: str) -> None:
        """Write the config with the *people*, where `reload` finds it."""
        later = datetime.now(UTC) + timedelta(hours=6)
        bedtime = f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}"
        fresh = self.config.with_suffix(".new")
        fresh.write_text(f"""\
version: 1
timezone: UTC
listen: {{dns: ["{self.endpoint}"], workers: {self._workers}}}
upstreams: {{servers: ["{self._wanted.upstream}"]}}
categories: {{adult: {{sources: ["file:{self.list}"]}}}}
schedules: {{bedtime: {{daily: "{bedtime}"}}}}
history: {{queries: blocked}}
metrics: {{listen: "{HOST}:{self._metrics}"}}
limits: {{queries_per_second: 10000000, burst: 10000000}}
{self._more}\
policies:
  safe: {{block: [adult], bypass: {{doh: block}}, answer: {{mode: zero-ip, max_ttl: 5m}}}}
{people}""")
        fresh.replace(self.config)

    def build(self) -> dict[str, Any]:
        """Build the index; return what it cost, and how large it is."""
        command: list[str | Path] = [PROGRAM, "lists", "build", "--json"]
        command += ["--config", self.config, "--dir", self.folder]
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as output:
            report = json.load(output)
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = code
        assert code == 0, report
        [index] = (self.folder / "state" / "lists").glob("index-*.idx")
        size = index.stat().st_size
        return {
            "names": report["names"],
            "seconds": round(time.monotonic() - began, 2),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
            "largest_process_bytes": used.ru_maxrss * 1024,
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

    def enter_school(self) -> None:
        """Let the running filter be that of a school, by a reload."""
        self.write_config(school_people())
        self.control.post("/api/reload")
