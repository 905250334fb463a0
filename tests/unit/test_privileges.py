"""The privilege of each process, as the kernel shows it: of an unprivileged user, and of root."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.peers import need

ROOT = Path(__file__).parents[2]
# The system's own: the one of a virtual environment may lie in a home that others cannot enter.
PYTHON = "/usr/bin/python3"
BIT = 1 << 10
SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")
SHOW = """
def show():
    lines = open("/proc/self/status").read().splitlines()
    print(*(int(line.split()[1], 16) >> 10 & 1 for line in lines if line[:6] in sys.argv[1]))
"""
PARENT = f"""
import subprocess, sys
from filterdns import privileges
{SHOW}
show()
privileges.keep_from_children()
sys.stdout.flush()
child = "import sys; from filterdns import privileges; privileges.put_down()" + {SHOW!r} + "show()"
subprocess.run([sys.executable, "-c", child, *sys.argv[1:]], check=True)
show()
privileges.pass_on()
sys.stdout.flush()
subprocess.run([sys.executable, "-c", "import sys" + {SHOW!r} + "show()", *sys.argv[1:]])
"""


def shown(*as_whom: str) -> list[tuple[int, ...]]:
    """What parent, child, parent, and the child after `pass_on` have: a bit for each of `SETS`."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    if not Path(PYTHON).exists():
        pytest.skip(f"needs {PYTHON}")
    done = subprocess.run(
        [need("setpriv"), *as_whom, PYTHON, "-c", PARENT, ",".join(SETS)],
        cwd=ROOT,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def test_of_an_ambient_privilege_the_children_get_nothing_and_the_successor_all() -> None:
    as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    caps = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"]
    parent, child, parent_after, successor = shown(*as_nobody, *caps)
    assert parent == (1, 1, 1, 1)
    assert child[1:] == (0, 0, 0)
    assert parent_after == (1, 1, 1, 0)
    assert successor == (1, 1, 1, 1)


def test_roots_children_put_it_down() -> None:
    parent, child, parent_after, _ = shown()
    assert parent[1:3] == (1, 1)
    assert child == (0, 0, 0, 0)
    assert parent_after[1:3] == (1, 1)


def test_who_has_no_privilege_passes_none_on() -> None:
    as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    assert shown(*as_nobody) == [(0, 0, 0, 0)] * 4
