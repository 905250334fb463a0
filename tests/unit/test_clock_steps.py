from hypothesis import given
from hypothesis import strategies as st

from filterdns.clock_steps import STEP_SECONDS, ClockSteps, Step


class Moved:
    """A clock that the test sets."""

    is_known = True

    def __init__(self) -> None:
        self.unix, self.age = 1_800_000_000.0, 50.0

    def now(self) -> float:
        return self.unix

    def steady(self) -> float:
        return self.age

    def let_pass(self, seconds: float) -> None:
        self.unix += seconds
        self.age += seconds


def test_time_that_passes_is_no_step() -> None:
    clock = Moved()
    steps = ClockSteps(clock)
    clock.let_pass(3600)
    assert not steps.look().is_one


def test_a_step_is_told_once_and_since_when_something_can_have_happened() -> None:
    clock = Moved()
    steps = ClockSteps(clock)
    clock.let_pass(30)
    clock.unix += 7200
    step = steps.look()
    assert step == Step(7200, clock.unix - 30, clock.unix)
    assert step.is_one
    assert not steps.look().is_one


def test_what_a_time_client_corrects_without_a_step_is_none() -> None:
    assert not Step(-STEP_SECONDS, 0, 1).is_one
    assert Step(-STEP_SECONDS - 0.1, 0, 1).is_one


@given(seconds=st.floats(-1e9, 1e9), moment=st.floats(0, 4e9))
def test_a_corrected_moment_lies_where_it_can_have_been(seconds: float, moment: float) -> None:
    assert 100.0 <= Step(seconds, 100.0, 160.0).corrected(moment) <= 160.0


def test_a_moment_moves_with_the_clock() -> None:
    assert Step(-3600, 100.0, 160.0).corrected(3600 + 120.0) == 120.0
