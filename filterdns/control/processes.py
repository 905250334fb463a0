"""Since when a process of ours runs, as the kernel tells."""

import os
from pathlib import Path
from typing import Final

from filterdns.kernel_time import boot_seconds

_START_TIME: Final = 22 - 3  # its place in proc_pid_stat(5), counted after the name


def seconds_alive(pid: int) -> float | None:
    """Return for how many seconds the process *pid* has run; None where there is none.

    The clock does not matter: the kernel counts from the boot.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets and spaces included.
    state, *fields = stat.rpartition(")")[2].split()
    if state in ("Z", "X"):
        return None
    started = int(fields[_START_TIME - 1]) / os.sysconf("SC_CLK_TCK")
    return max(0.0, boot_seconds() - started)
