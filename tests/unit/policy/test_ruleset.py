"""The plain values that everything is decided from."""

import pytest

from filterdns.policy.ruleset import MINUTES_PER_DAY, Window


@pytest.mark.parametrize(
    ("window", "crosses"),
    [
        (Window(20 * 60, 6 * 60), True),
        (Window(20 * 60, 0), True),
        (Window(8 * 60, 8 * 60), True),
        (Window(8 * 60, 12 * 60), False),
        (Window(20 * 60, MINUTES_PER_DAY), False),
        (Window(0, MINUTES_PER_DAY), False),
    ],
)
def test_a_window_crosses_midnight_when_its_end_is_not_after_its_start(
    window: Window, crosses: bool
) -> None:
    assert window.crosses_midnight is crosses
