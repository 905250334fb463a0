"""The plain values that everything is decided from."""

import pytest

from filterdns.policy.ruleset import MINUTES_PER_DAY, Window, people_by_policy
from tests.support.households import family


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


def test_people_are_found_by_the_policy_that_they_have() -> None:
    found = people_by_policy(family())
    assert {policy: [each.name for each in people] for policy, people in found.items()} == {
        "child": ["lena", "tom"],
        "adults": ["parents"],
    }
