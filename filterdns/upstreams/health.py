"""Whether one upstream can be counted on; pure, time is an argument in monotonic seconds.

Three failures in a row put it down. It is then asked again by a single real question after a
second, two, four, up to a minute; one answer puts it up.
"""

from enum import StrEnum
from typing import Final

FAILURES_UNTIL_DOWN: Final = 3
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0


class State(StrEnum):
    """How an upstream is treated."""

    UP = "up"
    DOWN = "down"
    LOOP = "loop"  # leads back to us: never asked


class Health:
    """The state of one upstream, its failures in a row, and why the last one happened."""

    __slots__ = ("_pause_seconds", "_retry_at", "failures", "last_error", "state")

    def __init__(self) -> None:
        self.state = State.UP
        self.failures = 0
        self.last_error = ""
        self._retry_at = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS

    def is_due(self, now: float) -> bool:
        """Whether a question may try this upstream in its turn."""
        return self.state is State.UP or (self.state is State.DOWN and now >= self._retry_at)

    def try_again(self, now: float) -> None:
        """Note that a question tries this upstream; if it is down, the next one has to wait."""
        if self.state is State.DOWN and now >= self._retry_at:
            self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
            self._retry_at = now + self._pause_seconds

    def answered(self) -> bool:
        """Note an answer; return whether that puts the upstream up."""
        self.failures = 0
        if self.state is not State.DOWN:
            return False
        self.state = State.UP
        return True

    def failed(self, why: str, now: float) -> bool:
        """Note a failure; return whether that puts the upstream down."""
        self.failures += 1
        self.last_error = why
        if self.state is not State.UP or self.failures < FAILURES_UNTIL_DOWN:
            return False
        self.state = State.DOWN
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._retry_at = now + FIRST_PAUSE_SECONDS
        return True

    def looped(self) -> bool:
        """Note that a probe came back to us; return whether that is news."""
        is_news = self.state is not State.LOOP
        self.state = State.LOOP
        self.last_error = "leads back to this filter"
        return is_news

    def looped_no_more(self) -> bool:
        """Note that no probe came back; return whether that is news."""
        is_news = self.state is State.LOOP
        if is_news:
            self.state = State.UP
            self.failures = 0
        return is_news
