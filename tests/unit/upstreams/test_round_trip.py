"""How long an upstream takes, and when it is asked again."""

import pytest

from filterdns.upstreams.round_trip import RoundTrip


def test_an_upstream_that_nobody_measured_gets_the_longest_patience() -> None:
    assert RoundTrip().patience_seconds == 0.8


@pytest.mark.parametrize(
    ("rtt_seconds", "patience_seconds"), [(0.001, 0.3), (0.1, 0.4), (0.15, 0.6), (3.0, 0.8)]
)
def test_patience_is_four_round_trips_within_bounds(
    rtt_seconds: float, patience_seconds: float
) -> None:
    round_trip = RoundTrip()
    round_trip.measure(rtt_seconds)
    assert round_trip.patience_seconds == pytest.approx(patience_seconds)


def test_one_slow_answer_moves_the_smoothed_time_by_an_eighth() -> None:
    round_trip = RoundTrip()
    round_trip.measure(0.1)
    round_trip.measure(0.9)
    assert round_trip.seconds == pytest.approx(0.2)
