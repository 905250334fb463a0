"""The time in the house, as the load sees it: it follows the test clock, and so finds bedtime."""

import time
from pathlib import Path
from typing import Final

from soak.judge import Bedtime

LOOK_SECONDS: Final = 0.02
MOVED_SECONDS: Final = 0.05  # less is two clocks that drift


class HouseClock:
    """Knows when bedtime begins: at *bedtime* (Unix seconds) by the clock that *offset_file* moves.

    Without a file it is the clock of this machine.
    """

    def __init__(self, bedtime: float, offset_file: Path | None) -> None:
        self.bedtime = Bedtime()
        self._bedtime_at = bedtime
        self._offset_file = offset_file
        self.begins_at = 0.0
        self._look_again_at = 0.0
        self._modified_at = -1
        self._offset = 0.0
        self.look(time.monotonic())

    def look(self, now: float, is_urgent: bool = False) -> None:
        """See whether the clock was moved, if it is time to look or *is_urgent*."""
        if now < self._look_again_at and not is_urgent:
            return
        self._look_again_at = now + LOOK_SECONDS
        if self._offset_file is not None:
            modified_at = self._offset_file.stat().st_mtime_ns
            if modified_at != self._modified_at:
                self._modified_at = modified_at
                self._offset = float(self._offset_file.read_text().split()[0])
        begins_at = time.monotonic() + self._bedtime_at - self._offset - time.time()
        if abs(begins_at - self.begins_at) > MOVED_SECONDS:
            self.begins_at = begins_at
            self.bedtime.begins(begins_at, now)
