"""What the kernel says of its clock."""

import ctypes
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from filterdns.kernel_time import boot_seconds, is_synchronised

# Numbers of adjtimex and clock_adjtime, by machine.
CALLS = {"x86_64": (159, 305), "aarch64": (171, 266)}

# seccomp(2) as a sandbox does it: the two calls fail with EPERM, all others go through.
FORBIDDEN = """
import ctypes, struct, sys
from pathlib import Path
from filterdns.kernel_time import is_synchronised

calls = [int(number) for number in sys.argv[2:]]
steps = [(0x20, 0, 0, 0)]  # load the number of the call
steps += [(0x15, len(calls) - at, 0, call) for at, call in enumerate(calls)]
steps += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]  # allow; fail with EPERM
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, program) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
assert libc.adjtimex(ctypes.create_string_buffer(512)) == -1
print(is_synchronised(Path(sys.argv[1])))
"""


def kernel_is_unsynchronised() -> bool:
    """Whether STA_UNSYNC is set in the status that adjtimex(2) returns in a 64-bit struct timex."""
    timex = ctypes.create_string_buffer(512)
    ctypes.CDLL(None).adjtimex(timex)
    return bool(int.from_bytes(timex.raw[40:44], "little") & 0x40)


def test_it_is_what_the_kernel_says(tmp_path: Path) -> None:
    assert is_synchronised(tmp_path / "none") is not kernel_is_unsynchronised()


def test_the_file_of_the_time_client_is_believed(tmp_path: Path) -> None:
    file = tmp_path / "synchronized"
    file.touch()
    assert is_synchronised(file)


@pytest.mark.skipif(platform.machine() not in CALLS, reason="its system calls are not listed here")
@pytest.mark.parametrize("is_there", [False, True])
def test_in_a_sandbox_the_file_alone_counts(tmp_path: Path, is_there: bool) -> None:
    file = tmp_path / "synchronized"
    if is_there:
        file.touch()
    calls = map(str, CALLS[platform.machine()])
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN, str(file), *calls],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (str(is_there), "")


def test_seconds_since_boot_count_on() -> None:
    first = boot_seconds()
    assert 0 <= boot_seconds() - first < 5
    assert first >= time.monotonic() - 1  # which leaves out what the machine slept
