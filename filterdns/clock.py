"""The clock seam: every process of filterdns reads the wall clock here.

Many small machines have no clock that runs while they are off: they start with an old time, and it
is right only when a time server has been reached. Until the kernel says that its clock is right,
the time told here is never earlier than what is certain to have passed: the last time that was
seen, or the day when this program was written.

Tests move time with a file (`serve --test-clock FILE`) that holds an offset in seconds and perhaps
the word `unsynchronised`. It is looked at again at most every 0.2 s; a file that is missing or
says something else leaves all as it was.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from filterdns.kernel_time import boot_seconds, is_synchronised

LOOK_AGAIN_SECONDS: Final = 0.2
ASK_AGAIN_SECONDS: Final = 1.0
WAIT_SECONDS: Final = 300.0
HELD_BACK_SECONDS: Final = 60.0  # less is not worth a word
BUILT_AT: Final = 1_767_225_600.0  # 2026-01-01; a release moves it on


class ClockState(StrEnum):
    """What is known about the time: that it is right; not yet; and nobody will say so any more."""

    SYNCHRONISED = "synchronised"
    WAITING = "waiting"
    UNSYNCHRONISED = "unsynchronised"


class Floor(NamedTuple):
    """It was *at_least* (Unix seconds) when the machine had run for *boot_seconds*."""

    at_least: float
    boot_seconds: float

    @classmethod
    def from_text(cls, text: str) -> "Floor":
        """Return the floor that `str` has written. Raises `ValueError`."""
        at_least, _, boot = text.partition("@")
        return cls(float(at_least), float(boot))

    def __str__(self) -> str:
        return f"{self.at_least:.3f}@{self.boot_seconds:.3f}"

    def after(self, boot: float) -> float:
        """Return how late it is at least when the machine has run for *boot* seconds."""
        return self.at_least + max(0.0, boot - self.boot_seconds)


class Times(Protocol):
    """What tells the time: `Clock`, or a double that tests move."""

    @property
    def is_known(self) -> bool:
        """Whether the time is to be gone by."""
        ...

    def now(self) -> float:
        """Return the time in Unix seconds, as right as it is known."""
        ...

    def steady(self) -> float:
        """Return seconds from a fixed moment, which nobody can set: for ages and intervals."""
        ...


class Clock:
    """Tells Unix seconds, and how far they can be relied on.

    Without *floor* only the day of the program is certain. The clock is waited for until
    `WAIT_SECONDS` after the start of the machine: one that has run for longer is what it will stay,
    whenever we are started. If it is earlier than the floor, or *test_file* is given, the same time
    counts from the floor's moment. *boot* and *is_right* are what the kernel says.
    """

    __slots__ = (
        "_ask_again_at",
        "_boot",
        "_is_plain",
        "_is_right",
        "_least_at_boot",
        "_moved",
        "_started_at",
        "_started_boot",
        "_state",
        "_waits_until",
        "floor",
        "off_by_seconds",
    )

    def __init__(
        self,
        test_file: Path | None = None,
        floor: Floor | None = None,
        boot: Callable[[], float] = boot_seconds,
        is_right: Callable[[], bool] = is_synchronised,
    ) -> None:
        self.off_by_seconds = 0.0
        self._boot = boot
        self._is_right = is_right
        self._moved = None
        if test_file is not None:
            self._moved = _MovedTime(test_file)
            self._is_right = self._moved.is_right
        self._started_boot = boot()
        self.floor = floor or Floor(BUILT_AT, self._started_boot)
        is_behind = self._wall() < self.floor.after(self._started_boot)
        counts_from = self.floor.boot_seconds if is_behind or self._moved is not None else 0.0
        self._waits_until = counts_from + WAIT_SECONDS
        self._is_plain = False
        self._ask_again_at = self._started_boot
        self._state = ClockState.WAITING
        self._least_at_boot = self.floor.at_least - self.floor.boot_seconds
        self._started_at = self._wall()
        self._ask(self._started_boot)
        self._started_at = self.now()

    @property
    def state(self) -> ClockState:
        """What is known about the time; asks the kernel at most once a second."""
        if not self._is_plain:
            self._ask(self._boot())
        return self._state

    @property
    def is_known(self) -> bool:
        """Whether the time is to be gone by: it is right, or has been waited for long enough."""
        return self.state is not ClockState.WAITING

    @property
    def doubt_seconds(self) -> float:
        """How much earlier it may be than `now` says, as far as the floor tells."""
        if self.state is ClockState.SYNCHRONISED:
            return 0.0
        return max(0.0, self.now() - self.floor.after(self._boot()))

    @property
    def is_held_back(self) -> bool:
        """Whether the machine's clock is earlier than what is certain, by a minute or more."""
        at_least = self.floor.after(self._boot())
        is_right = self.state is ClockState.SYNCHRONISED
        return not is_right and self._wall() < at_least - HELD_BACK_SECONDS

    def now(self) -> float:
        """Return the time in Unix seconds."""
        if self._is_plain:
            return time.time()
        boot = self._boot()
        if boot >= self._ask_again_at:
            self._ask(boot)
        wall = time.time() if self._moved is None else self._wall()
        least = self._least_at_boot + boot
        return wall if wall > least else least

    def steady(self) -> float:
        """Return the seconds since the machine was started, those that it slept included.

        With a test file, time that is moved forward has passed, as if the machine had slept. It is
        a clock that somebody has set when time is moved back, or was wrong before.
        """
        if self._moved is None:
            return self._boot()
        return self._boot() + self._moved.passed_seconds()

    def _ask(self, boot: float) -> None:
        """Find out whether the clock is right by now; once it was, it is not asked again.

        `off_by_seconds` then says how much later it is than was told from the start.
        """
        if self._state is ClockState.SYNCHRONISED or boot < self._ask_again_at:
            return
        self._ask_again_at = boot + (ASK_AGAIN_SECONDS if self._moved is None else 0.0)
        if self._is_right():
            self._state = ClockState.SYNCHRONISED
            self._is_plain = self._moved is None
            self._least_at_boot = -inf  # the floor counts no more
            self.off_by_seconds = self._wall() - self._started_at - (boot - self._started_boot)
        elif boot >= self._waits_until:
            self._state = ClockState.UNSYNCHRONISED

    def _wall(self) -> float:
        return time.time() + (0.0 if self._moved is None else self._moved.offset_seconds())


class _MovedTime:
    """What the file of a test says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset_seconds = 0.0
        self._passed_seconds = 0.0
        self._is_right = True
        self._modified_at = -1
        self._look_again_at = 0.0

    def offset_seconds(self) -> float:
        self._look()
        return self._offset_seconds

    def passed_seconds(self) -> float:
        self._look()
        return self._passed_seconds

    def is_right(self) -> bool:
        self._look()
        return self._is_right

    def _look(self) -> None:
        monotonic = time.monotonic()
        if monotonic < self._look_again_at:
            return
        self._look_again_at = monotonic + LOOK_AGAIN_SECONDS
        try:
            modified_at = self._file.stat().st_mtime_ns
            if modified_at == self._modified_at:
                return
            number, *words = self._file.read_text(encoding="ascii").split()
            offset = float(number)
        except (OSError, ValueError):
            return
        was_right, self._is_right = self._is_right, words != [ClockState.UNSYNCHRONISED.value]
        if was_right and self._is_right:
            self._passed_seconds += max(0.0, offset - self._offset_seconds)
        self._offset_seconds = offset
        self._modified_at = modified_at
