"""No process outlives the main one, not even one that stands still at that moment.

The end of its channel tells a child that its parent is gone; one that is stopped (SIGSTOP, Ctrl-Z
in a debugger) would never read that, and keep the port. So the kernel lets it go on then.
"""

import ctypes
import signal
from typing import Final


def wake_at_parents_end() -> None:
    """Let the kernel continue this process when its parent ends, however it ends (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT, 0, 0, 0)


_PR_SET_PDEATHSIG: Final = 1
