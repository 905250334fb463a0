"""The clock seam: every process of filterdns reads the wall clock here.

Tests move time with a file that holds an offset in seconds (`serve --test-clock FILE`); it is
looked at again at most every 0.2 s. A file that is missing or no number leaves the offset alone.
"""

import time
from pathlib import Path
from typing import Final

LOOK_AGAIN_SECONDS: Final = 0.2


class Clock:
    """Tells Unix seconds, shifted by what *offset_file* says."""

    __slots__ = ("_look_again_at", "_modified_at", "_offset_file", "_offset_seconds")

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset_seconds = 0.0
        self._modified_at = -1
        self._look_again_at = 0.0

    def now(self) -> float:
        """Return the time in Unix seconds."""
        if self._offset_file is None:
            return time.time()
        monotonic = time.monotonic()
        if monotonic >= self._look_again_at:
            self._look_again_at = monotonic + LOOK_AGAIN_SECONDS
            self._offset_seconds = self._read_offset(self._offset_file)
        return time.time() + self._offset_seconds

    def _read_offset(self, file: Path) -> float:
        try:
            modified_at = file.stat().st_mtime_ns
            if modified_at == self._modified_at:
                return self._offset_seconds
            offset = float(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return self._offset_seconds
        self._modified_at = modified_at
        return offset
