"""A worker's place: which process fills it, and the brake on one where they keep dying."""

from typing import Final

from filterdns.supervisor.back_off import BackOff
from filterdns.supervisor.child import Child

SETTLED_SECONDS: Final = 3.0  # who dies sooner has failed to start
HEALTHY_SECONDS: Final = 10.0  # who lives as long sets the brake free
FAILURES_AT_MOST: Final = 3
FAILURES_WITHIN_SECONDS: Final = 10.0


class Place:
    """The place of worker *number*, and its *child*, if any. Times are monotonic seconds.

    *since* is when the child came, or the last one went. While *is_braked*, `is_due` says when the
    next one may come.
    """

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self.child: Child | None = None
        self.since = now
        self.is_braked = False
        self._fills = 0
        self._failed_at: list[float] = []
        self._retry = BackOff(1.0, 5.0)

    @property
    def restarts(self) -> int:
        """How often a process has taken the place of another one."""
        return max(self._fills - 1, 0)

    @property
    def is_served(self) -> bool:
        """Whether a process answers here."""
        return self.child is not None and self.child.is_ready

    def is_due(self, now: float) -> bool:
        """Whether the next process may come."""
        return self._retry.due_at <= now

    def fill(self, child: Child, now: float) -> None:
        """Let *child* be the worker of this number from here on."""
        child.name = f"worker {self.number}"
        self.child, self.since = child, now
        self._fills += 1

    def vacate(self, now: float) -> None:
        """Let nobody be here; what that means depends on how long somebody was."""
        lived_seconds = now - self.since
        self.child, self.since = None, now
        if lived_seconds > (HEALTHY_SECONDS if self.is_braked else SETTLED_SECONDS):
            return
        recent = [at for at in self._failed_at if now - at <= FAILURES_WITHIN_SECONDS]
        self._failed_at = [*recent, now]
        if self.is_braked or len(self._failed_at) >= FAILURES_AT_MOST:
            self.is_braked = True
            self._retry.fail(now)

    def free(self, now: float) -> None:
        """Take the brake off once the process here has lived long enough."""
        if self.is_braked and self.is_served and now - self.since > HEALTHY_SECONDS:
            self.is_braked = False
            self._failed_at = []
            self._retry.succeed()
