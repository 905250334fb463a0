"""A filter with everything around it, and what a fault may do to it."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from filterdns.errors import ControlError
from soak import household
from soak.settings import Setting
from tests.support.house import PROGRAM, House, clock_file, config_file, descendants, directory
from tests.support.peers import Endpoint, free_port, nsd, running
from tests.support.plain_client import Ask, ask_all

BEN: Final = "127.0.0.6"  # whom no bedtime disturbs
BUILD_SECONDS: Final = 120.0
PATIENCE_SECONDS: Final = 20.0

Steps = Generator[float, None, None]  # of a fault: the seconds until it does more


class Stage:
    """A filter that is asked at *servers*, for *seconds*. *complaints* fail the run, in words."""

    def __init__(
        self, house: House, setting: Setting, seconds: float, config: "ConfigWriter"
    ) -> None:
        self.house = house
        self.folder = house.folder
        self.setting = setting
        self.seconds = seconds
        self.complaints: list[str] = []
        self._base_offset = 0.0
        self._config = config

    @property
    def servers(self) -> list[Endpoint]:
        """Where the load asks."""
        return [Endpoint(host, self.house.server.port) for host in self.setting.hosts]

    def complain(self, what: str) -> None:
        """Note something that the filter should not have done, once."""
        if what not in self.complaints:
            self.complaints.append(what)

    # Processes.

    @property
    def family(self) -> list[int]:
        """All processes below the first one."""
        return descendants(self.house.process.pid)

    @property
    def control_pid(self) -> int:
        """The control process; 0 while there is none."""
        return next(iter(self._pids("filterdns.app")), 0)

    @property
    def worker_pid(self) -> int:
        """The worker that answers, not one that stands by; 0 while there is none."""
        for pid in self._pids("filterdns.worker"):
            if _has_port(pid, self.house.server.port):
                return pid
        return 0

    def send(self, pid: int, number: int) -> None:
        """Send a signal to *pid*, if it is still there."""
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    # Verbs.

    def write_config(self, *, toggled: bool = False, mistake: str = "") -> None:
        """Write the config that blocks the toggled name or not, perhaps with a mistake in it."""
        self._config.write(toggled=toggled, mistake=mistake)

    def reload(self) -> str:
        """Have the config read anew; return why it was refused, empty where it was not."""
        try:
            self.house.control.post("/api/reload")
        except ControlError as error:
            return str(error)
        return ""

    def is_blocked(self, name: str, host: str = "") -> bool | None:
        """Whether *name* is blocked for ben; None where three times nobody says anything."""
        server = Endpoint(host, self.house.server.port) if host else self.house.server
        for _ in range(3):
            with suppress(OSError):
                [heard] = ask_all(server, [Ask(BEN, name)], seconds=1.0)
                if heard is not None and heard.status == "NOERROR":
                    return heard.is_blocked
        return None

    def set_time(self, local: str) -> float:
        """Let it be *local* in the house; return Unix seconds."""
        told = self.house.set_time(local)
        self._base_offset = float(clock_file(self.folder).read_text())
        return told

    def step_clock(self, seconds: float) -> None:
        """Let the clock be wrong by *seconds* from now on."""
        fresh = self.folder / "clock.new"
        fresh.write_text(f"{self._base_offset + seconds:.3f}")
        fresh.replace(clock_file(self.folder))

    def is_well(self) -> bool:
        """Whether all processes are there and listen to each other."""
        state: dict[str, Any] = self.house.status()
        return bool(state["workers"]) and all(each["ready"] for each in state["workers"])

    def recover(self) -> None:
        """See whether the filter is as before, now that nothing happens to it any more."""
        try:
            self.house.wait_until(self.is_well, "recovery", PATIENCE_SECONDS)
        except AssertionError as error:
            self.complain(f"does not recover: {str(error).splitlines()[0]}")
            return
        for toggled in (True, False):
            self.write_config(toggled=toggled)
            if refusal := self.reload():
                self.complain(f"reload afterwards: {refusal}")
            elif self.is_blocked(household.TOGGLED) is not toggled:
                self.complain("a reload afterwards changes nothing")

    def _pids(self, module: str) -> Iterator[int]:
        for pid in sorted(self.family):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if module.encode() in words:
                    yield pid


class ConfigWriter:
    """Writes the config of a filter in *folder* that listens on *port*."""

    def __init__(self, folder: Path, port: int, setting: Setting) -> None:
        hosts = [*setting.hosts, *setting.more_hosts]
        listen = ", ".join(f'"{host}:{port}"' for host in hosts)
        self._folder = folder
        self._head = (
            f"listen: {{dns: [{listen}]}}\nmetrics: {{listen: '127.0.0.1:{free_port()}'}}\n"
        )

    def write(self, *, toggled: bool = False, mistake: str = "") -> None:
        """Write it whole or not at all; *mistake* is a line that does not belong there."""
        lists = self._folder / "lists"
        text = household.config(lists, household.TOGGLED if toggled else "")
        fresh = self._folder / "config.new"
        fresh.write_text(f"{self._head}{text}{mistake}")
        fresh.replace(config_file(self._folder))


@contextmanager
def open_stage(folder: Path, setting: Setting, seconds: float) -> Iterator[Stage]:
    """Run upstream and filter until the block ends; all lists are built when it begins."""
    household.write_lists(folder / "lists")
    clock_file(folder).write_text("0")
    server = Endpoint("127.0.0.1", free_port())
    with nsd(folder / "nsd", household.ZONES) as upstream:
        command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
        command += ["--dir", directory(folder), "--test-clock", clock_file(folder)]
        command += ["--upstream", str(upstream)]
        writer = ConfigWriter(folder, server.port, setting)
        writer.write()
        with ExitStack() as stack:
            with setting.birth():
                started = running(command, server, folder / "filterdns.log")
                process = stack.enter_context(started)
            house = House(process, server, server, folder)
            stage = Stage(house, setting, seconds, writer)
            built = house.cli("lists", "build", seconds=BUILD_SECONDS)
            assert built.code == 0, built.stderr
            yield stage
            _end(stage)


def _end(stage: Stage) -> None:
    try:
        stage.house.stop()
    except AssertionError as error:
        stage.complain(f"does not end in order: {str(error).splitlines()[0]}")


def _has_port(pid: int, port: int) -> bool:
    """Whether *pid* holds a UDP socket that is bound to *port*."""
    try:
        rows = Path(f"/proc/{pid}/net/udp").read_text().splitlines()[1:]
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # it has ended meanwhile
    sockets = {
        f"socket:[{row.split()[9]}]" for row in rows if row.split()[1].endswith(f":{port:04X}")
    }
    return any(_target(descriptor) in sockets for descriptor in descriptors)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""  # closed meanwhile
