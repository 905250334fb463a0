"""What one client leaves waiting for an upstream keeps nobody else waiting."""

import time
from pathlib import Path

import pytest

from soak.outcomes import count_outcomes
from tests.support.hostile import (
    HOSTILE,
    IN_FLIGHT,
    NEIGHBOUR,
    Flood,
    is_open,
    open_small_house,
    question,
)

pytestmark = pytest.mark.timeout(300)

SERVFAIL = 2


def test_a_client_may_leave_only_so_many_questions_waiting(tmp_path: Path) -> None:
    waiting = [question(f"unanswered{number}.example") for number in range(4 * IN_FLIGHT)]
    with (
        open_small_house(tmp_path) as (house, _),
        Flood(house.server, HOSTILE, at_once=len(waiting)) as flood,
        Flood(house.server, NEIGHBOUR, at_once=1) as neighbour,
    ):
        refused = flood.ask(waiting, seconds=1.0)
        assert len(refused) >= len(waiting) - IN_FLIGHT
        assert {wire[3] & 0x0F for wire in refused} == {SERVFAIL}
        count_outcomes(house)
        assert 0 < house.metric('filterdns_in_flight{worker="0"}') <= IN_FLIGHT
        started = time.monotonic()
        fresh = neighbour.ask(question(f"fresh{number}.example") for number in range(20))
        assert [is_open(wire) for wire in fresh] == [True] * 20
        assert time.monotonic() - started < 4.0  # none of them has waited for the others
