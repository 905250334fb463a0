"""The soak for truth in small: rules, a list and bedtimes change while everybody asks."""

from pathlib import Path

import pytest

from soak.truth import try_truth

pytestmark = [pytest.mark.untimed, pytest.mark.peer("nsd"), pytest.mark.timeout(300)]

QUERIES = 20_000
RATE = 1_500.0


def test_no_answer_is_one_of_a_policy_that_was_acknowledged_to_be_gone(tmp_path: Path) -> None:
    truth = try_truth(tmp_path, QUERIES, RATE, workers=2, seed=5)
    assert truth.failures == [], truth
    assert truth.right == QUERIES
    assert truth.outcomes.get("memo", 0) > 0  # so the shortest road was judged, too
