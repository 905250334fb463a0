"""A wall clock that stands still until a test moves it."""


class MovingClock:
    """Tells *seconds* (Unix), which a test may set to anything, earlier times included.

    As with the clock of a running filter, time that is moved forward has passed, and time that is
    moved back is a clock that somebody has set.
    """

    def __init__(self, seconds: float) -> None:
        self.is_known = True
        self._seconds = seconds
        self._steady = 1000.0

    @property
    def seconds(self) -> float:
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        self._steady += max(0.0, seconds - self._seconds)
        self._seconds = seconds

    def now(self) -> float:
        return self._seconds

    def steady(self) -> float:
        return self._steady

    def move(self, seconds: float) -> None:
        """Let *seconds* pass; a negative number sets the clock back."""
        self.seconds += seconds

    def step(self, seconds: float) -> None:
        """Set the clock forward or back by so much, while no time passes."""
        self._seconds += seconds
