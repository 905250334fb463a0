"""The command `filterdns` as somebody types it: what it said, how it ended, what it cost."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.house import PROGRAM


class Outcome(NamedTuple):
    """How a command ended.

    *cpu_seconds* is the time that it and its children have computed, whatever else the machine was
    doing; *peak_bytes* is the memory of the largest of them.
    """

    code: int
    out: str
    err: str
    cpu_seconds: float
    peak_bytes: int


def filterdns(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    seconds: float = 30.0,
) -> Outcome:
    """Run `filterdns` with *arguments* to its end; *environment* is added to that of the tests.

    Raises TimeoutError where it takes more than *seconds*.
    """
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
        tempfile.TemporaryFile() as typed,
        tempfile.TemporaryFile() as measured,
    ):
        typed.write(stdin.encode())
        typed.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-IS", "-c", _MEASURE, str(measured.fileno()), PROGRAM, *arguments],
            stdin=typed,
            stdout=said,
            stderr=complained,
            env={**os.environ, **(environment or {})},
            pass_fds=[measured.fileno()],
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise TimeoutError(f"{process.args!r} has not ended after {seconds} s") from None
        for file in (said, complained, measured):
            file.seek(0)
        code, cpu_seconds, peak_bytes = json.load(measured)
        return Outcome(
            code, said.read().decode(), complained.read().decode(), cpu_seconds, peak_bytes
        )


# A process between us and the command: the kernel counts the memory of whoever starts a process as
# that process's own until it runs its program (getrusage(2)), and we may be large.
_MEASURE: Final = """
import json, os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
code = os.waitstatus_to_exitcode(status)
measured = code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
os.write(int(sys.argv[1]), json.dumps(measured).encode())
"""
