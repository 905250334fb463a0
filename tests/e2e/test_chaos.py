"""The faults of `make soak`, for a few seconds each: nothing lost or forbidden, bedtime on time.

The whole time 2,000 questions a second are asked, and 50 for blocked names by the prober.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from soak.faults import FAULTS, Fault
from soak.kills import try_kills
from soak.settings import PROGRAMS
from soak.trial import try_fault
from tests.support.house import descendants, is_running

pytestmark = [pytest.mark.peer(*PROGRAMS), pytest.mark.timeout(300)]

RATE = 2000.0
SECONDS = 4.0
LONGER_SECONDS = {"control-stopped": 12.5}  # of which control stands still for ten
ROUNDS = 6
HARMS = [fault for fault in FAULTS if fault.name != "calm"]  # that is the measure for the table


@pytest.fixture(autouse=True)
def needs_root() -> None:
    if os.geteuid() == 0:
        return
    reason = "needs root: it mounts disks, limits memory, makes network namespaces"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("fault", HARMS, ids=[fault.name for fault in HARMS])
def test_nobody_goes_without_an_answer_and_nobody_gets_a_forbidden_one(
    fault: Fault, tmp_path: Path
) -> None:
    row = try_fault(fault, tmp_path, LONGER_SECONDS.get(fault.name, SECONDS), RATE)
    assert row.failures == [], row.figures
    assert row.figures["sent"] > 0.9 * RATE * SECONDS


def test_all_processes_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    report = try_kills(tmp_path, ROUNDS, seed=3, show=lambda _: None)
    assert report.failures == (), report
    assert report.rows > 0


def wait_for_load(soak: subprocess.Popen[bytes]) -> list[int]:
    """Return all processes of the soak, once the load is one of them."""
    deadline = time.monotonic() + 60
    while soak.poll() is None and time.monotonic() < deadline:
        family = descendants(soak.pid)
        commands = [Path(f"/proc/{pid}/cmdline") for pid in family]
        if any(b"soak.load" in path.read_bytes() for path in commands if path.exists()):
            return family
        time.sleep(0.05)  # between two looks
    raise AssertionError("the load has not begun")


def test_a_soak_that_is_stopped_leaves_nothing_behind() -> None:
    with TemporaryDirectory() as folder:  # the path of a test's own is too long for the sockets
        command = [sys.executable, "-m", "soak.run", "--only", "disk-stalled", "--seconds", "60"]
        with subprocess.Popen([*command, "--folder", folder]) as soak:
            family = wait_for_load(soak)
            soak.send_signal(signal.SIGTERM)
            assert soak.wait(60) != 0
        assert not any(is_running(pid) for pid in family)
        assert folder not in Path("/proc/mounts").read_text()
        assert not list(Path(folder).iterdir())
