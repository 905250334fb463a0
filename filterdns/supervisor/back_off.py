"""How long to wait before the next try of what keeps failing."""


class BackOff:
    """The wait doubles with each failure in a row, from *first_seconds* to *longest_seconds*.

    *due_at* is when the next try is due. Times are monotonic seconds.
    """

    def __init__(self, first_seconds: float, longest_seconds: float) -> None:
        self.failures = 0
        self.due_at = 0.0
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds

    def fail(self, now: float) -> None:
        """Note a failure."""
        wait_seconds = self._first_seconds * 2.0 ** min(self.failures, 16)
        self.failures += 1
        self.due_at = now + min(wait_seconds, self._longest_seconds)

    def succeed(self) -> None:
        """Note that it has worked: the next try is due at any time."""
        self.failures = 0
        self.due_at = 0.0
