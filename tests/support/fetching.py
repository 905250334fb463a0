"""Fetches by the real fetch process into a folder, and what must be true of the folder at any time.

house = FetchHouse(tmp_path / "fetched")
[fetched] = house.fetch(server.url("/list.txt"))
house.check_folder()
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    WebSource,
    from_line,
)
from filterdns.blocklists.fetching.limits import Limits

LOOPBACK: Final = ("127.0.0.1/32",)  # the list server's; the rest of 127.0.0.0/8 stays forbidden
QUICK: Final = Limits(
    max_bytes=8 << 20,
    total_seconds=20,
    idle_seconds=5,
    connect_seconds=5,
    resolve_seconds=5,
    min_bytes_per_second=1000,
    retry_seconds=(0.01,),
    max_retry_after_seconds=0.1,
)
IMPATIENT: Final = QUICK._replace(
    idle_seconds=0.3, connect_seconds=0.5, resolve_seconds=0.4, retry_seconds=()
)
_PROXIES: Final = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


class FetchHouse:
    """A folder that lists are fetched into. Values of the job may be given for each fetch."""

    def __init__(self, folder: Path, **values: Any) -> None:
        self.folder = folder
        self.progress: list[FetchProgress] = []
        self._job = FetchJob((), folder, allowed_networks=LOOPBACK, limits=QUICK)
        self._job = replace(self._job, **values)

    def job(self, *sources: str | WebSource, **values: Any) -> FetchJob:
        """Return the job for *sources*; a URL alone is one without a checksum, of its name."""
        found = [
            WebSource("gambling", source, source) if isinstance(source, str) else source
            for source in sources
        ]
        return replace(self._job, sources=tuple(found), **values)

    def fetch(
        self,
        *sources: str | WebSource,
        environment: Mapping[str, str] | None = None,
        **values: Any,
    ) -> list[Fetched]:
        """Fetch *sources* and return what became of each, in the order in which it was told."""
        with start_fetch(self.job(*sources, **values), environment) as process:
            assert process.stdout is not None
            said = [from_line(line) for line in process.stdout]
        assert process.returncode == 0
        assert said.pop() == Done()
        self.progress = [each for each in said if isinstance(each, FetchProgress)]
        return [each for each in said if isinstance(each, Fetched)]

    def texts(self) -> set[Path]:
        return set(self.folder.glob("*.text"))

    def check_folder(self) -> None:
        """Every text is whole: it has the checksum of its name."""
        for path in self.texts():
            assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()


def start_fetch(
    job: FetchJob, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a fetch process and give it *job*; the proxies of our own environment do not count."""
    own = {key: value for key, value in os.environ.items() if key.lower() not in _PROXIES}
    process = subprocess.Popen(
        [sys.executable, "-m", "filterdns.blocklists.fetch"],
        env={**own, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(job.to_json().encode())
    process.stdin.close()
    return process
