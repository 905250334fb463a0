"""A wall clock that stands still until a test moves it."""


class MovingClock:
    """Tells *seconds* (Unix), which a test may set to anything, earlier times included."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        """Let *seconds* pass; a negative number sets the clock back."""
        self.seconds += seconds
