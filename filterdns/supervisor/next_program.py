"""The program that is installed now, which this process could turn into by exec.

`filterdns serve` leaves its own command line in the environment. The same command with `--check`
tells whether it would start: a program that does not start at all, or that refuses the config, is
found out while the old one answers.
"""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Final

COMMAND_VARIABLE: Final = "FILTERDNS_SERVE"
PATIENCE_SECONDS: Final = 60.0


def command_of(environment: Mapping[str, str]) -> list[str]:
    """Return the command line with which `filterdns serve` was called; empty where it was not."""
    try:
        command = json.loads(environment.get(COMMAND_VARIABLE, ""))
    except ValueError:
        return []
    is_command = isinstance(command, list) and all(isinstance(word, str) for word in command)
    return command if is_command else []


class Trial:
    """Runs *command* with `--check`. Times are monotonic seconds."""

    def __init__(self, command: Sequence[str], now: float) -> None:
        self._program = command[0]
        self._began_at = now
        self._pid = 0
        self._trouble = ""
        self._said = -1
        try:
            self._said = os.memfd_create("filterdns-check")
            streams = [(os.POSIX_SPAWN_DUP2, self._said, number) for number in (1, 2)]
            self._pid = os.posix_spawn(
                self._program,
                [*command, "--check"],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), *streams],
                setpgroup=0,
                setsigmask=(),
            )
        except OSError as error:
            self._trouble = f"{self._program} cannot be started: {error.strerror}"

    def outcome(self, now: float) -> list[str] | None:
        """Return what is wrong, nothing where all is well, None while it is not known yet.

        To be called no more once it is.
        """
        if self._pid:
            if now - self._began_at > PATIENCE_SECONDS and not self._trouble:
                self._trouble = f"{self._program} does not end its check"
                os.kill(self._pid, signal.SIGKILL)
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if not pid:
                return None
            self._pid = 0
            if status and not self._trouble:
                self._trouble = self._last_words(os.waitstatus_to_exitcode(status))
        if self._said >= 0:
            os.close(self._said)
        return self._trouble.splitlines()

    def cancel(self) -> None:
        """End it without waiting."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def _last_words(self, code: int) -> str:
        said = os.pread(self._said, _MAX_WORDS, 0).decode(errors="replace").strip()
        # A traceback says at its end what it is about; a config is told problem by problem.
        words = said.splitlines()[-1:] if "Traceback" in said else said.splitlines()
        return "\n".join(words) or f"{self._program} ended with {code}"


_MAX_WORDS: Final = 8192
