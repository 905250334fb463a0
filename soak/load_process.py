"""The load as whoever has started it sees it: a process that tells how it goes, and ends."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.peers import Endpoint

END_SECONDS: Final = 10.0  # what is under way takes three

Figures = dict[str, Any]


class LoadProcess:
    """A running load. *show* is called with its counts a few times a second, in a thread."""

    def __init__(
        self,
        servers: Sequence[Endpoint],
        rate: float,
        bedtime: float,
        clock: Path,
        show: Callable[[Figures], None],
    ) -> None:
        self.latest: Figures = {}
        self._show = show
        self._has_begun = threading.Event()
        command = [sys.executable, "-m", "soak.load", "--rate", f"{rate:g}"]
        command += ["--bedtime", f"{bedtime:.3f}", "--clock", str(clock)]
        for server in servers:
            command += ["--server", str(server)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, name="load", daemon=True)
        self._reader.start()
        if not self._has_begun.wait(END_SECONDS):
            self.kill()
            raise RuntimeError("the load does not begin")

    def report(self) -> Figures:
        """Let it finish what is under way and return its counts."""
        self._process.terminate()
        self._process.wait(END_SECONDS)
        self._reader.join(END_SECONDS)
        assert self.latest["t"] == "report", "the load has ended early"
        return self.latest

    def kill(self) -> None:
        """End it at once. May be called twice."""
        self._process.kill()
        self._process.wait()
        self._reader.join(END_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.latest = json.loads(line)
                self._has_begun.set()
                self._show(self.latest)


@contextmanager
def loading(
    servers: Sequence[Endpoint],
    rate: float,
    bedtime: float,
    clock: Path,
    show: Callable[[Figures], None],
) -> Iterator[LoadProcess]:
    """Run the load until the block ends."""
    load = LoadProcess(servers, rate, bedtime, clock, show)
    try:
        yield load
    finally:
        load.kill()
