"""What may have been in force between two moments, of something that is changed again and again.

A change begins when somebody asks for it and is over when it was acknowledged: in between the old
state may still be in force, or the new one already. All times are monotonic seconds.
"""

import time
from collections.abc import Iterator
from math import inf
from typing import Generic, TypeVar

State = TypeVar("State")


class Timeline(Generic[State]):
    """The states so far, the first of them from the beginning of time. One thread writes it."""

    def __init__(self, first: State) -> None:
        self._begun: list[tuple[float, State]] = [(-inf, first)]
        self._acknowledged_at: list[float] = [-inf]

    @property
    def latest(self) -> State:
        """The state that was asked for last."""
        return self._begun[-1][1]

    @property
    def changes(self) -> int:
        """How many changes were asked for."""
        return len(self._begun) - 1

    def begin(self, state: State, at: float | None = None) -> None:
        """Note that *state* is asked for, now or *at*; to be called before anybody hears of it."""
        self._acknowledged_at.append(inf)
        self._begun.append((time.monotonic() if at is None else at, state))

    def acknowledge(self, at: float | None = None) -> None:
        """Note that from now on, or from *at* on, no state holds but the latest."""
        self._acknowledged_at[-1] = time.monotonic() if at is None else at

    def possible(self, start: float, end: float) -> Iterator[State]:
        """Yield each state that may have been in force at a moment from *start* to *end*."""
        for _, _, state in self.stretches(start, end):
            yield state

    def stretches(self, start: float, end: float) -> Iterator[tuple[float, float, State]]:
        """Yield the same with the part of that time in which each may have been in force."""
        ended_at = inf
        for number in range(len(self._begun) - 1, -1, -1):
            begun_at, state = self._begun[number]
            if begun_at <= end:
                yield max(start, begun_at), min(end, ended_at), state
            ended_at = min(ended_at, self._acknowledged_at[number])
            if ended_at < start:
                return
