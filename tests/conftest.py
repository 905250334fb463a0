"""What holds for all tests: how hard the random ones try, and which need a program."""

import compileall
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.peers import need

# `make test` finds the same today and tomorrow; `make fuzz` looks for something new each time.
settings.register_profile("quick", max_examples=100, derandomize=True, deadline=None)
settings.register_profile(
    "long",
    max_examples=3_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("quick")


def pytest_sessionstart() -> None:
    """Let children end on Ctrl-C, and compile the modules as an installation does.

    A shell's background jobs ignore Ctrl-C, and their children inherit that. Where Python is told
    to keep nothing that it compiles, each process of ours would compile two hundred modules again,
    and that is what CPU seconds would tell of.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    compileall.compile_dir(str(Path(__file__).parents[1] / "filterdns"), quiet=2)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            need(program)
