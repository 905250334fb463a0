import errno
import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from filterdns.descriptors import Shortage, is_exhausted
from tests.support.descriptors import no_free_descriptor

ROOT = Path(__file__).parents[2]
PROGRAM = """
import resource, sys
from filterdns.descriptors import raise_limit
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(raise_limit(wanted), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "expected"),
    [(200, 400, 1000, 400), (200, 400, 300, 300), (200, 400, 100, 200)],
)
def test_the_limit_is_raised_as_far_as_is_allowed_and_wanted(
    soft: int, hard: int, wanted: int, expected: int
) -> None:
    command = [sys.executable, "-c", PROGRAM, str(soft), str(hard), str(wanted)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(expected), str(expected), str(hard)]


def test_it_is_known_when_nothing_is_left_for_a_socket() -> None:
    with no_free_descriptor(), pytest.raises(OSError) as caught:
        socket.socket()
    assert is_exhausted(caught.value)
    assert not is_exhausted(OSError(errno.ECONNREFUSED, ""))


def test_a_shortage_is_told_once_with_its_cure(caplog: pytest.LogCaptureFixture) -> None:
    shortage = Shortage()
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            shortage.tell("TCP clients")
    [message] = caplog.messages
    assert message.startswith("TCP clients: ")
    assert "LimitNOFILE=" in message
