"""Since when things are as they are, and what has been lost lately.

The states that processes report say what is now. Whether somebody has to look depends on how long
it has been so: a worker that is a moment behind is about to load an image, one that stays behind
decides by rules that are no longer in force. All times are monotonic seconds.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from filterdns.control.supervisor_link import WorkerProcess

NO_WORKER_SECONDS: Final = 10.0  # the supervisor brings a dead one back in much less
BEHIND_SECONDS: Final = 15.0  # longer than workers are given to take an image
RECENT_SECONDS: Final = 300.0
SAMPLE_SECONDS: Final = 10.0

Address = tuple[str, int]


class Watch:
    """Looks again and again, and remembers."""

    def __init__(self, now: float) -> None:
        self._ready_at = now
        self._behind_since: dict[int, float] = {}
        self._samples: deque[tuple[float, Mapping[Address, int]]] = deque()
        self._dropped: Mapping[Address, int] = {}

    def look_at_workers(
        self,
        workers: Sequence[WorkerProcess],
        version_by_worker: Mapping[int, int],
        version: int,
        now: float,
    ) -> None:
        """Take note of *workers*, of the image that each goes by, and of the one in force."""
        ready = [number for number, worker in enumerate(workers) if worker.is_ready]
        if ready:
            self._ready_at = now
        self._behind_since = {
            number: self._behind_since.get(number, now)
            for number in ready
            if version_by_worker.get(number) != version
        }

    def look_at_drops(self, dropped_by_address: Mapping[Address, int], now: float) -> None:
        """Take note of how many queries each address has lost in all.

        What had been lost before the first look is not recent: nobody knows when that was.
        """
        self._dropped = dropped_by_address
        while self._samples and self._samples[0][0] < now - RECENT_SECONDS:
            self._samples.popleft()
        if not self._samples or now - self._samples[-1][0] >= SAMPLE_SECONDS:
            self._samples.append((now, dropped_by_address))

    def has_no_worker(self, now: float) -> bool:
        """Whether no worker has been ready for `NO_WORKER_SECONDS`."""
        return now - self._ready_at >= NO_WORKER_SECONDS

    def behind(self, now: float) -> Sequence[int]:
        """Return the ready workers that do not go by the image in force, nor did lately."""
        return [
            number
            for number, since in sorted(self._behind_since.items())
            if now - since >= BEHIND_SECONDS
        ]

    def recent_drops(self) -> Mapping[Address, int]:
        """Return how many queries each address has lost in the last five minutes, if any."""
        before = self._samples[0][1] if self._samples else {}
        grown = {each: count - before.get(each, 0) for each, count in self._dropped.items()}
        return {each: count for each, count in grown.items() if count > 0}
