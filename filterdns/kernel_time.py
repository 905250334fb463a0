"""What the kernel knows of the time: whether its clock is right, and how long the machine runs.

Reading needs no privilege, but a sandbox may forbid it, as ours does under systemd: its rules look
at the name of the system call and not at what it would do. Then the file speaks that systemd's own
time client leaves behind.
"""

import ctypes
import time
from pathlib import Path
from typing import Final

TIMESYNC_FILE: Final = Path("/run/systemd/timesync/synchronized")


def is_synchronised(timesync_file: Path = TIMESYNC_FILE) -> bool:
    """Whether a time client has set the kernel's clock since the machine was started."""
    return _kernel_says_so() or timesync_file.exists()


def boot_seconds() -> float:
    """Return the seconds since the machine was started, those that it slept included.

    Nobody can set this clock, and it is the same for all processes.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)


_TIMEX_BYTES: Final = 512  # struct timex of adjtimex(2) has 208 at most
_TIME_ERROR: Final = 5  # "the clock is not synchronized", adjtimex(2)


def _kernel_says_so() -> bool:
    """Whether adjtimex(2) says that the clock is right; False where it may not be asked."""
    libc = ctypes.CDLL(None, use_errno=True)
    nothing_to_change = ctypes.create_string_buffer(_TIMEX_BYTES)
    state: int = libc.adjtimex(nothing_to_change)
    return 0 <= state < _TIME_ERROR
