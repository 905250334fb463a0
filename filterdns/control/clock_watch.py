"""Following the clock: what is told when it becomes right or is set, and what depends on it."""

import asyncio
import logging
from typing import Final

from filterdns.clock import WAIT_SECONDS, ClockState
from filterdns.clock_steps import ClockSteps, Step
from filterdns.control.amounts import span
from filterdns.control.last_seen import WRITE_SECONDS
from filterdns.control.running import RunningFilter
from filterdns.errors import StateError

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0


async def follow_clock(running: RunningFilter) -> None:
    """Look at the clock every second until cancelled."""
    watch = ClockWatch(running)
    while True:
        await watch.look()
        await asyncio.sleep(LOOK_SECONDS)


class ClockWatch:
    """What *running* has been told about its clock.

    Moments that were noted before the time was known are moved to when they were.
    """

    def __init__(self, running: RunningFilter) -> None:
        self._running = running
        self._state: ClockState | None = None
        self._steps = ClockSteps(running.clock)
        self._written_steady = running.clock.steady()

    async def look(self) -> None:
        """Take note of how the clock is now, and tell whom it concerns."""
        running, clock = self._running, self._running.clock
        state, step, steady = clock.state, self._steps.look(), clock.steady()
        running.recorder.trust(clock.is_known, clock.doubt_seconds)
        if state is not self._state:
            self._tell(state)
            if state is ClockState.SYNCHRONISED and self._state is not None:
                self._correct(step._replace(seconds=clock.off_by_seconds))
            self._state = state
        if step.is_one and running.in_force.waits_for_lists:
            await self._wait_anew()
        if clock.is_known and steady - self._written_steady >= WRITE_SECONDS:
            self._written_steady = steady
            await running.last_seen.write(step.now)

    def _tell(self, state: ClockState) -> None:
        clock, seen = self._running.clock, self._running.last_seen
        minutes = int(WAIT_SECONDS // 60)
        if state is ClockState.WAITING:
            logger.warning(
                "the clock is not known to be right yet: until a time server has set it, for %d"
                " minutes at most, every window of the week holds for people with schedules",
                minutes,
            )
        elif state is ClockState.UNSYNCHRONISED:
            logger.info("no time server has set the clock; schedules go by it as it is")
            if clock.is_held_back:
                logger.warning(
                    "the clock is earlier than the last time that was seen, and counts from there;"
                    " if it is right, stop the filter, remove %s, and start it",
                    seen.path,
                )
        elif self._state is not None:
            off_by = clock.off_by_seconds
            which = "behind" if off_by > 0 else "ahead"
            logger.info(
                "a time server has set the clock, which was %s %s", span(round(abs(off_by))), which
            )

    def _correct(self, whole: Step) -> None:
        running = self._running
        running.started_at = whole.since
        running.in_force.since = whole.corrected(running.in_force.since)
        if running.last_reload is not None:
            running.last_reload.at = whole.corrected(running.last_reload.at)

    async def _wait_anew(self) -> None:
        """Give the workers the moments, by the new time, until which lists are waited for."""
        running = self._running
        async with running.changes:
            rules = running.in_force.rules
            try:
                await running.in_force.replace(rules.compiled, rules.index)
            except StateError as error:
                logger.warning("the clock was set, and lists are waited for as before: %s", error)
