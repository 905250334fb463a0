"""A process that is killed at every point of its work, one point after the other.

    for _ in killed_at_each_step(lambda: write(path)):
        … look at what is on disk …

A step is a line of Python, our own or of the library, so every system call has one before it.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any


def killed_at_each_step(
    work: Callable[[], object], stride: int = 1, files: Sequence[str] = ()
) -> Iterator[int]:
    """Do *work* in a process that is killed before its n-th line; yield n when it is gone.

    n goes from 1 on in strides, until the work comes to its end: that is the last time. With
    *files*, only lines of files of these names count.
    """
    for step in count(1, stride):
        pid = os.fork()
        if not pid:
            _work_until(step, work, files)
        _, status = os.waitpid(pid, 0)
        assert status in (0, signal.SIGKILL), f"the work has failed by itself: {status}"
        yield step
        if not status:
            return


def _work_until(step: int, work: Callable[[], object], files: Sequence[str]) -> None:
    left = step

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if files and Path(frame.f_code.co_filename).name not in files:
            return None
        left -= event == "line"
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    try:
        sys.settrace(trace)
        work()
        os._exit(0)
    finally:
        os._exit(1)
