"""The control process as the supervisor keeps it: started again and again, told what there is."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from filterdns.supervisor.back_off import BackOff
from filterdns.supervisor.child import Child, start_child

log: Final = logging.getLogger("filterdns")

SILENCE_SECONDS: Final = 60.0  # it may compile a large config in one piece
HEALTHY_SECONDS: Final = 10.0
BUFFERS_SECONDS: Final = 5.0


class ControlProcess:
    """Runs *program* with *arguments*; *child* is the process of the moment, if there is one.

    *in_use* is where workers listen and how many there are, once there are some: the next process
    has to go by it. *is_up* says that it has sent its plan. Times are monotonic seconds.
    """

    def __init__(self, program: str, arguments: Sequence[str], silence_seconds: float) -> None:
        self.child: Child | None = None
        self.starts = BackOff(0.05, 30.0)
        self.in_use: tuple[Sequence[Sequence[object]], int] | None = None
        self._program = program
        self._arguments = arguments
        self._silence_seconds = silence_seconds
        self._is_killed = False
        self._wants_reload = False
        self._told: Mapping[str, Any] = {}
        self._told_buffers_at = 0.0

    @property
    def is_up(self) -> bool:
        """Whether it can be told anything."""
        return self.child is not None and self.child.is_up

    def start(self, now: float) -> None:
        """Start it, if there is none and it is due."""
        if self.child is not None or self.starts.due_at > now:
            return
        arguments = [*self._arguments]
        if self.in_use is not None:
            arguments += ["--in-use", json.dumps(self.in_use)]
        try:
            self.child = start_child(
                "control process", self._program, arguments, self._silence_seconds, now
            )
        except OSError as error:
            log.error("no control process can be started: %s", error.strerror)
            self.starts.fail(now)
        self._is_killed = False
        self._told = {}

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send *message*, if anybody is there to hear it."""
        if self.child is not None:
            self.child.tell(message)

    def order_reload(self) -> None:
        """Let it reload, as soon as it is up; many orders until then are one."""
        self._wants_reload = True
        self._pass_order_on()

    def greet(self) -> None:
        """Take note that it is up."""
        if self.child is not None:
            self.child.is_up = True
            self._pass_order_on()

    def tell_state(
        self, state: Mapping[str, Any], buffers: Callable[[], Sequence[object]], now: float
    ) -> None:
        """Send *state* when it is news; queues change all the time, and are told less often."""
        if not self.is_up:
            return
        is_news = {**self._told, **state} != self._told
        if not is_news and now - self._told_buffers_at < BUFFERS_SECONDS:
            return
        self._told_buffers_at = now
        whole = {**state, "buffers": buffers()}
        if whole != self._told:
            self._told = whole
            self.tell({"t": "state", **whole})

    def stop(self) -> None:
        """Ask it to end in order."""
        if self.child is not None:
            self.child.stop()

    def kill(self) -> None:
        """End it at once."""
        if self.child is not None:
            self.child.kill()

    def reap(self, now: float) -> int | None:
        """Return the exit code once it has ended; kill it where it does not move any more."""
        child = self.child
        if child is None:
            return None
        if child.is_silent(now) and not self._is_killed:
            log.error("%s (pid %d) does not move any more; it is killed", child.name, child.pid)
            self._is_killed = True
            child.kill()
        if (code := child.reap()) is None:
            return None
        self.child = None
        if now - child.since > HEALTHY_SECONDS:
            self.starts.succeed()
        self.starts.fail(now)
        return code

    def _pass_order_on(self) -> None:
        if self.is_up and self._wants_reload:
            self._wants_reload = False
            self.tell({"t": "reload"})
