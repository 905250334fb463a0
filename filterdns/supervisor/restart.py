"""A restart without a gap: the installed program is tried, control ends, the exec happens."""

import logging
from collections.abc import Mapping, Sequence
from socket import socket
from typing import Final

from filterdns import privileges
from filterdns.supervisor import systemd
from filterdns.supervisor.control_process import ControlProcess
from filterdns.supervisor.handover import Inheritance, turn_into
from filterdns.supervisor.next_program import Trial, command_of
from filterdns.supervisor.signals import Signals

log: Final = logging.getLogger("filterdns")

CONTROL_GRACE_SECONDS: Final = 5.0  # to write what it has


class Restart:
    """Lets the program that is installed now take over; *passed* are the service manager's sockets.

    *is_turning* from the moment on when nothing is tried any more; times are monotonic seconds.
    """

    def __init__(
        self, environment: Mapping[str, str], passed: Sequence[socket], control: ControlProcess
    ) -> None:
        self._environment = environment
        self._command = command_of(environment)
        self._passed = passed
        self._control = control
        self._trial: Trial | None = None
        self._turning_since: float | None = None

    @property
    def is_turning(self) -> bool:
        """Whether control ends, or has ended, for the new program."""
        return self._turning_since is not None

    def wish(self, now: float) -> None:
        """Begin, if none is under way."""
        if self._trial is not None or self.is_turning:
            return
        if self._command:
            self._trial = Trial(self._command, now)
        else:
            self._refuse(["this process was not started by `filterdns serve`"])

    def is_due(self, now: float) -> bool:
        """Do what leads to the turn; whether it is time for it."""
        if self._trial is not None and (problems := self._trial.outcome(now)) is not None:
            self._trial = None
            if problems:
                self._refuse(problems)
            else:
                self._end_control(now)
        if self._turning_since is None:
            return False
        is_late = now - self._turning_since > CONTROL_GRACE_SECONDS
        if is_late:
            self._control.kill()
        return is_late or self._control.child is None

    def turn(self, inheritance: Inheritance, signals: Signals) -> list[int]:
        """Become the new program, or return: with signals to be heard first, if any have come.

        Where the exec fails all goes on as before, a new control process included.
        """
        signals.hold_back()
        try:
            if heard := signals.received():
                return heard
            privileges.pass_on()
            for handler in logging.getLogger().handlers:
                handler.flush()
            turn_into(self._command, self._environment, inheritance, self._passed)
        except OSError as error:
            privileges.keep_from_children()
            systemd.notify(self._environment, "READY=1")
            self._turning_since = None
            self._refuse([f"the new program cannot be started: {error.strerror}"])
            return []
        finally:
            signals.let_through()

    def cancel(self) -> None:
        """Give it up, for the end of everything."""
        if self._trial is not None:
            self._trial.cancel()

    def _refuse(self, problems: Sequence[str]) -> None:
        for problem in problems:
            log.error("no restart: %s", problem)
        self._control.tell({"t": "restart", "problems": problems})

    def _end_control(self, now: float) -> None:
        """Let control end: its sockets, history and locks have to be free for the next one."""
        log.info("restarting; the workers answer meanwhile")
        systemd.notify(self._environment, *systemd.reloading())
        self._turning_since = now
        self._control.tell({"t": "restart", "problems": []})
        self._control.stop()
