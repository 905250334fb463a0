"""The last time that was seen, on disk: after a power cut the clock never counts as earlier.

A line with Unix seconds, replaced whole. A disk that is full or stalled costs nothing but that.
"""

from pathlib import Path
from typing import Final

from filterdns.clock import BUILT_AT, Floor
from filterdns.control.latest_write import LatestWrite
from filterdns.durable import new_file
from filterdns.tasks import Tasks

WRITE_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 0.5
LATEST_AT: Final = 4_102_444_800.0  # the year 2100: no clock of ours has said so in earnest


class LastSeen:
    """Writes down the time at *path*; *at* is what the file says (Unix seconds), 0 if nothing."""

    def __init__(self, path: Path, tasks: Tasks) -> None:
        self.path = path
        self.at = read_last_seen(path)
        self._write = LatestWrite(tasks, PATIENCE_SECONDS)

    async def write(self, now: float) -> None:
        """Have *now* (Unix seconds) written; returns after half a second at the latest."""

        def do() -> None:
            try:
                with new_file(self.path, mode=0o600) as file:
                    file.write(b"%d\n" % now)
            except OSError:
                return  # the log, the metrics and the status page have said that of other files
            self.at = float(int(now))

        await self._write.write(do)


def read_last_seen(path: Path) -> float:
    """Return the Unix seconds in the file at *path*; 0 where it holds nothing that can be meant."""
    try:
        moment = float(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0
    return moment if 0 <= moment < LATEST_AT else 0.0


def floor_from(path: Path, boot: float) -> Floor:
    """Return what is certain when the machine has run for *boot* seconds: see `clock.Floor`."""
    return Floor(max(BUILT_AT, read_last_seen(path)), boot)
