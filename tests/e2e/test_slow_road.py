"""The comparison of two roads in small: what comes from the memo is what the long way has found."""

from pathlib import Path

import pytest

from soak.slow_road import compare_roads

pytestmark = [pytest.mark.untimed, pytest.mark.peer("nsd"), pytest.mark.timeout(300)]

QUERIES = 20_000


def test_an_answer_does_not_depend_on_the_road_that_it_took(tmp_path: Path) -> None:
    found = compare_roads(tmp_path, QUERIES, seed=5)
    assert found.failures == [], found
    assert found.equal == found.asked == QUERIES
