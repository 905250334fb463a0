"""What holds for all tests: how hard the random ones try, and which need a program."""

import compileall
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
    """Compile the modules as an installation does, even where Python is told to keep none.

    Each process of ours would compile two hundred of them again, and that is what CPU seconds
    would tell of.
    """
    compileall.compile_dir(str(Path(__file__).parents[1] / "filterdns"), quiet=2)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            need(program)
