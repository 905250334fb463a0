"""Who waits when processors are short."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GIVING_WAY = """
import os, sys
from filterdns.priority import give_way
for niceness in sys.argv[1:]:
    give_way(int(niceness))
print(os.getpriority(os.PRIO_PROCESS, 0))
"""


def niceness_after(*steps: int, outer: int = 0) -> int:
    command = ["nice", "-n", str(outer), sys.executable, "-c", GIVING_WAY, *map(str, steps)]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def test_it_gives_way_and_never_takes_it_back() -> None:
    assert niceness_after(10) == 10
    assert niceness_after(10, 19) == 19
    assert niceness_after(19, 10) == 19


def test_what_an_admin_has_said_stays() -> None:
    assert niceness_after(10, outer=15) == 15
