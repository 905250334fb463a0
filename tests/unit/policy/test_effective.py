"""A policy knows when it holds, and takes no part that it does not have."""

import pytest

from tests.support.households import LENA, family, moment, policies

BEDTIME = moment("2026-03-05 23:00")


def test_it_holds_from_its_beginning_until_before_its_end() -> None:
    policy = policies(family()).policy_for(LENA, BEDTIME)
    assert policy.valid_from < BEDTIME < policy.valid_until
    assert policy.holds_at(policy.valid_from)
    assert not policy.holds_at(policy.valid_from - 1)
    assert not policy.holds_at(policy.valid_until)


def test_it_has_no_room_for_what_is_not_part_of_it() -> None:
    with pytest.raises(AttributeError):
        policies(family()).policy_for(LENA, BEDTIME).anything = 1  # type: ignore[attr-defined]
