import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from filterdns.control.processes import seconds_alive


def test_a_process_runs_since_it_was_started() -> None:
    began = time.monotonic()
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        alive = seconds_alive(process.pid)
        took = time.monotonic() - began
        assert process.stdin is not None
        process.stdin.close()
    assert alive is not None
    assert alive <= took + 0.1
    older = seconds_alive(os.getpid())
    assert older is not None
    assert older > alive


def test_a_process_that_has_ended_does_not_run() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert seconds_alive(process.pid) is None  # a zombie
    assert seconds_alive(process.pid) is None


def test_a_name_with_brackets_does_not_confuse(tmp_path: Path) -> None:
    program = tmp_path / "a) 1 ("
    shutil.copy("/bin/cat", program)
    with subprocess.Popen([program], stdin=subprocess.PIPE) as process:
        alive = seconds_alive(process.pid)
        assert process.stdin is not None
        process.stdin.close()
    assert alive is not None
    assert alive < 30, sys.platform
