"""How long an upstream takes, and after how long without an answer it is asked again."""

from typing import Final

LONGEST_PATIENCE_SECONDS: Final = 0.8
SHORTEST_PATIENCE_SECONDS: Final = 0.3  # resolvers need this for a name that they have to look up


class RoundTrip:
    """The smoothed time of one upstream (RFC 6298 section 2, without the variance)."""

    __slots__ = ("patience_seconds", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.patience_seconds = LONGEST_PATIENCE_SECONDS

    def measure(self, seconds: float) -> None:
        """Take in one exchange; of questions sent once only (Karn: RFC 6298 section 3)."""
        smoothed = self.seconds + (seconds - self.seconds) / 8 if self.seconds else seconds
        self.seconds = smoothed
        if (patience := 4 * smoothed) < SHORTEST_PATIENCE_SECONDS:  # nearly always
            patience = SHORTEST_PATIENCE_SECONDS
        elif patience > LONGEST_PATIENCE_SECONDS:
            patience = LONGEST_PATIENCE_SECONDS
        self.patience_seconds = patience
