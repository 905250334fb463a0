import subprocess
import sys

import pytest

PROGRAM = """
import logging, os
from filterdns.logs import set_up_logging
set_up_logging({JOURNAL})
logging.getLogger("filterdns").info("serves")
logging.getLogger("filterdns").warning("a list is old")
logging.getLogger("uvicorn.error").info("noise")
"""


def run(environment: str) -> list[str]:
    program = PROGRAM.replace("{JOURNAL}", environment)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()


def test_under_the_journal_lines_carry_no_time() -> None:
    journal = '{"JOURNAL_STREAM": "%d:%d" % (os.fstat(2).st_dev, os.fstat(2).st_ino)}'
    assert run(journal) == ["serves", "warning: a list is old"]


@pytest.mark.parametrize("environment", ["{}", '{"JOURNAL_STREAM": "1:2"}'])
def test_elsewhere_lines_carry_the_time(environment: str) -> None:
    assert [line[8:] for line in run(environment)] == [" serves", " warning: a list is old"]
