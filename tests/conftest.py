"""What holds for all tests: how hard the random ones try, and which need a program."""

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


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            need(program)
