"""The command `filterdns` as somebody types it: what it said, how it ended, what it cost."""

import os
import resource
import select
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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
    ):
        typed.write(stdin.encode())
        typed.seek(0)
        process = subprocess.Popen(
            [str(PROGRAM), *map(str, arguments)],
            stdin=typed,
            stdout=said,
            stderr=complained,
            env={**os.environ, **(environment or {})},
        )
        status, usage = _wait(process, seconds)
        said.seek(0)
        complained.seek(0)
        return Outcome(
            status,
            said.read().decode(),
            complained.read().decode(),
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
        )


def _wait(process: subprocess.Popen[bytes], seconds: float) -> tuple[int, resource.struct_rusage]:
    descriptor = os.pidfd_open(process.pid)
    try:
        if not select.select([descriptor], [], [], seconds)[0]:
            process.kill()
            process.wait()
            raise TimeoutError(f"{process.args!r} has not ended after {seconds} s")
    finally:
        os.close(descriptor)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage
