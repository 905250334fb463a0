"""How long an answer may be kept by whoever gets it."""

from dataclasses import replace

import pytest

from filterdns.resolver.ttl import ttl_cap
from tests.support.households import lena_in_the_afternoon, parents_in_the_evening
from tests.support.plane import BEDTIME

LENA = lena_in_the_afternoon()


@pytest.mark.parametrize(
    ("seconds_before_bedtime", "cap_seconds"),
    [
        (3600, 300),
        (301, 300),
        (300, 299),
        (60, 59),
        (59.999, 59),
        (59.001, 59),
        (59, 58),
        (1, 0),
        (0.001, 0),
        (0, 0),
        (-10, 0),
    ],
)
def test_nothing_lasts_into_the_next_policy_not_even_by_a_fraction(
    seconds_before_bedtime: float, cap_seconds: int
) -> None:
    """The same cap holds for all of a second, because a memo repeats it."""
    assert LENA.valid_until == BEDTIME
    assert ttl_cap(LENA, BEDTIME - seconds_before_bedtime) == cap_seconds


def test_the_policys_own_cap_holds_where_nothing_changes() -> None:
    assert ttl_cap(parents_in_the_evening(), BEDTIME) == 300
    assert ttl_cap(replace(parents_in_the_evening(), max_ttl_seconds=5), BEDTIME) == 5
