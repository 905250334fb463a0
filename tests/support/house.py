"""A house with a filter in it: the real program, started, told the time, asked and stopped.

    with open_house(folder, CONFIG, [upstream]) as house:
        house.set_time("2026-03-05 20:30:00")
        assert house.dig("www.example.com", client="127.0.0.2").is_blocked

Whoever asks is chosen by the address on the loopback network that dig and kdig ask from. Every wait
ends: after the first of what is waited for, and after seconds that are written at it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from filterdns.cli.client import ControlClient
from filterdns.clock import LOOK_AGAIN_SECONDS
from filterdns.errors import ControlError
from tests.support.peers import Endpoint, dig, free_port, kdig, running
from tests.support.reply import Reply, read_replies, read_reply

PROGRAM: Final = Path(sys.executable).with_name("filterdns")
BERLIN: Final = "Europe/Berlin"
STOP_SECONDS: Final = 5.0  # the promise of the program


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    stdout: str
    stderr: str


class Probed(NamedTuple):
    """What `/healthz` or `/readyz` answered."""

    code: int
    text: str


class House:
    """A filter that answers at *server* and counts at *metrics*, its files below *folder*.

    *control* speaks to it as the commands do.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], server: Endpoint, metrics: Endpoint, folder: Path
    ) -> None:
        self.process = process
        self.server = server
        self.folder = folder
        self._metrics = metrics
        self.control = ControlClient(directory(folder) / "run" / "control.sock")

    # Asking.

    def dig(self, name: str, qtype: str = "A", *options: str, client: str = "127.0.0.1") -> Reply:
        """Return the answer that dig gets from the address *client*."""
        return read_reply(self._dig(client, *options, name, qtype))

    def dig_all(self, names: Sequence[str], *options: str, client: str) -> list[Reply]:
        """Return the answers to A of all *names*, asked one after the other by one dig."""
        said = self._dig(client, *options, *names)
        replies = read_replies(said)
        assert len(replies) == len(names), said
        return replies

    def kdig(self, name: str, qtype: str = "A", *options: str, client: str = "127.0.0.1") -> Reply:
        """Return the answer that kdig gets from the address *client*; with EDNS, as dig does."""
        said = kdig(self.server, "-b", client, "+edns", "+retry=0", *options, name, qtype)
        return read_reply(said)

    def _dig(self, client: str, *arguments: str) -> str:
        return dig(self.server, "-b", client, "+tries=1", "+timeout=5", *arguments)

    # Time.

    def set_time(self, local: str, zone: str = BERLIN, *, fold: int = 0) -> float:
        """Let it be *local* (`2026-03-05 20:29:50`) in *zone* from now on; return Unix seconds.

        Every process looks at its clock's file again after `LOOK_AGAIN_SECONDS`, whatever it is
        asked then: so workers go by the new time when this returns, and control has shown it.
        """
        wanted = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()
        self.set_clock(f"{wanted - time.time():.3f}")
        seen_after = time.monotonic() + LOOK_AGAIN_SECONDS
        self.wait_until(
            lambda: time.monotonic() > seen_after and abs(self.status()["now"] - self.now()) < 1,
            f"the clock of {local}",
        )
        return wanted

    def set_clock(self, text: str) -> None:
        """Let the clock's file say *text*: an offset, perhaps with the word `unsynchronised`."""
        fresh = self.folder / "clock.new"
        fresh.write_text(text)
        fresh.replace(clock_file(self.folder))

    def now(self) -> float:
        """Return the time in the house in Unix seconds, as its clock's file says."""
        return time.time() + float(clock_file(self.folder).read_text().split()[0])

    # Commands.

    def cli(self, *arguments: str, stdin: str = "", seconds: float = 60.0) -> Said:
        """Run `filterdns ARGUMENTS` beside the filter, for *seconds* at most."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            input=stdin,
            env={**os.environ, "FILTERDNS_DIR": str(directory(self.folder))},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def status(self) -> dict[str, Any]:
        """Return what `filterdns status --json` prints."""
        found: dict[str, Any] = self.control.get("/api/status")
        return found

    def lists(self) -> dict[str, Any]:
        """Return what `filterdns lists status --json` prints."""
        found: dict[str, Any] = self.control.get("/api/lists")
        return found

    def log_rows(self, who: str = "") -> list[dict[str, Any]]:
        """Return the rows of `filterdns log --json`, those of *who* if given."""
        said = self.cli("log", "--json", "--limit", "100000", *(("--who", who) if who else ()))
        assert said.code == 0, said.stderr
        return [json.loads(line) for line in said.stdout.splitlines()]

    def metric(self, series: str) -> float:
        """Return the value of *series* (`name{label="value"}`) on the metrics page, or 0."""
        lines = self.metrics_page().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{series} "))

    def metrics_page(self) -> str:
        """Return the metrics page as Prometheus gets it."""
        with urlopen(f"http://{self._metrics}/metrics", timeout=5) as page:
            text: str = page.read().decode()
        return text

    def probe(self, path: str) -> Probed:
        """Return what a machine that watches over the filter gets for *path* (`/readyz`)."""
        connection = HTTPConnection(self._metrics.host, self._metrics.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Probed(response.status, response.read().decode())
        finally:
            connection.close()

    def write_config(self, config: str) -> None:
        """Write *config* where the filter will read it at the next reload."""
        head = config_head(self.server, self._metrics)
        config_file(self.folder).write_text(head + config)

    def reload(self) -> Said:
        """Run `filterdns reload`."""
        return self.cli("reload")

    def log_text(self) -> str:
        """Return all that the filter has written on stdout and stderr."""
        return (self.folder / "filterdns.log").read_text(errors="replace")

    def stop(self) -> float:
        """End it as systemd does; return the seconds that it took.

        Asserts that it ends with 0 in time and leaves no process behind.
        """
        family = descendants(self.process.pid)
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after 5 s:\n{self.log_text()}") from None
        left = [pid for pid in family if is_running(pid)]
        assert not left, f"left behind: {left}"
        assert code == 0, self.log_text()
        return time.monotonic() - started

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        """Look until *holds* does, for *seconds* at most; *what* is named if it never does."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if holds():
                    return
            except ControlError:  # not yet there, or just reborn
                pass
            assert self.process.poll() is None, self.log_text()
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.log_text()[-3_000:]}"
            time.sleep(0.02)  # between two looks


@contextmanager
def open_house(
    folder: Path,
    config: str,
    upstreams: Sequence[Endpoint] = (),
    *options: str,
    waits_for_lists: bool = True,
    clock: str = "0",
) -> Iterator[House]:
    """Run `filterdns serve` in *folder* until the block ends; every list is built when it begins.

    Not all of them, if it need not *wait for lists*: then it answers, and no more.

    *config* says all but where to listen. The filter forwards to *upstreams* instead of what it
    says, if any are given. *options* go to `serve`, *clock* is what its clock's file says first.
    """
    assert upstreams or "upstreams:" in config, "this would ask the resolvers of the system"
    server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
    folder.mkdir(parents=True, exist_ok=True)
    config_file(folder).write_text(config_head(server, metrics) + config)
    clock_file(folder).write_text(clock)
    command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
    command += ["--dir", directory(folder), "--test-clock", clock_file(folder), *options]
    for upstream in upstreams:
        command += ["--upstream", str(upstream)]
    with running(command, server, folder / "filterdns.log") as process:
        house = House(process, server, metrics, folder)
        try:
            if waits_for_lists:
                built = house.cli("lists", "build", seconds=200)  # it gives way to all that runs
                assert built.code == 0, built.stderr
            yield house
        finally:
            if process.poll() is None:
                house.stop()


def config_file(folder: Path) -> Path:
    """Return the config of the filter in *folder*."""
    return folder / "config.yaml"


def config_head(server: Endpoint, metrics: Endpoint) -> str:
    """Return the lines of the config that say where to listen."""
    return f'listen: {{dns: ["{server}"]}}\nmetrics: {{listen: "{metrics}"}}\n'


def clock_file(folder: Path) -> Path:
    """Return the file that moves the time in *folder*."""
    return folder / "clock"


def directory(folder: Path) -> Path:
    """Return what the filter in *folder* gets as --dir."""
    return folder / "files"


def descendants(pid: int) -> list[int]:
    """Return the pids of all processes below *pid*."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended meanwhile
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    to_visit = [pid]
    while to_visit:
        below = children.get(to_visit.pop(), [])
        found += below
        to_visit += below
    return found


def is_running(pid: int) -> bool:
    """Whether *pid* is a process that has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
