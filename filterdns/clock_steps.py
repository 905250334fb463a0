"""When the clock is set while the program runs, and what that makes of moments noted before."""

from typing import Final, NamedTuple

from filterdns.clock import Times

STEP_SECONDS: Final = 0.5  # less is what a time client corrects without a step


class Step(NamedTuple):
    """The clock was set *seconds* later (negative: earlier).

    What was noted meanwhile happened between *since* and *now* (Unix seconds), whatever the clock
    has said.
    """

    seconds: float
    since: float
    now: float

    @property
    def is_one(self) -> bool:
        """Whether it is a step at all, and not the little by which two clocks differ."""
        return abs(self.seconds) > STEP_SECONDS

    def corrected(self, moment: float) -> float:
        """Return when *moment* was that was noted before the step (both Unix seconds)."""
        return min(max(moment + self.seconds, self.since), self.now)


class ClockSteps:
    """Finds out by how much *clock* is set, from the first look on."""

    def __init__(self, clock: Times) -> None:
        self._clock = clock
        self._began_steady = clock.steady()
        self._ahead = clock.now() - self._began_steady

    def look(self) -> Step:
        """Return by how much it was set since the last look."""
        now, steady = self._clock.now(), self._clock.steady()
        before, self._ahead = self._ahead, now - steady
        return Step(self._ahead - before, now - (steady - self._began_steady), now)
