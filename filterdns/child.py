"""A process that the supervisor keeps running: started, listened to, started again.

It is born with one end of a channel (`--fd N`) and ends when that closes, so nothing is left behind
when the supervisor dies.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from filterdns import channel


class Child:
    """One place in the family, and the process that fills it at the moment.

    *channel* is our end while a process lives, non-blocking. A process that has been ready is
    overdue after *silence_seconds*. Times are monotonic seconds.
    """

    def __init__(
        self, name: str, module: str, silence_seconds: float, longest_back_off_seconds: float
    ) -> None:
        self.name = name
        self.channel: socket.socket | None = None
        self.arguments: Sequence[str] = ()
        self.is_ready = False
        self.heard_at = 0.0
        self.starts_at = 0.0
        self.failures = 0
        self.starts = 0
        self._module = module
        self._silence_seconds = silence_seconds
        self._longest_back_off_seconds = longest_back_off_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._is_asked_to_stop = False

    @property
    def pid(self) -> int:
        """The id of the process; 0 where none lives."""
        return self._process.pid if self._process else 0

    def start(self, now: float) -> socket.socket:
        """Start the process and return our end of its channel."""
        assert self._process is None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", self._module, *self.arguments]
            self._process = subprocess.Popen(  # noqa: S603
                [*command, "--fd", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C is for the supervisor, which ends us in order
            )
        ours.setblocking(False)
        self.channel = ours
        self.is_ready = False
        self.starts += 1
        self._started_at = self.heard_at = now
        return ours

    def tell(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send *message*; a process that does not read is killed, one that ended hears nothing."""
        if self.channel is None:
            return
        try:
            channel.send(self.channel, message, descriptors)
        except BlockingIOError:
            self.kill()
        except OSError:
            return  # it has ended; `reap` finds out

    def stop(self) -> None:
        """Ask the process to end in order, once."""
        if not self._is_asked_to_stop:
            self._is_asked_to_stop = True
            self.tell({"t": "stop"})

    def hear(self) -> list[dict[str, Any]]:
        """Return some of what has arrived; a process that sends no messages is killed."""
        heard: list[dict[str, Any]] = []
        while self.channel is not None and len(heard) < _HEARD_AT_ONCE:
            try:
                received = channel.receive(self.channel)
            except BlockingIOError:
                break
            except (OSError, ValueError):
                self.kill()
                break
            if received is None:
                self._close()
                break
            for descriptor in received.descriptors:
                os.close(descriptor)
            heard.append(received.message)
        return heard

    def is_silent(self, now: float) -> bool:
        """Whether a living process has not been heard of for too long."""
        patience = self._silence_seconds if self.is_ready else START_SECONDS
        return self._process is not None and now - self.heard_at > patience

    def kill(self) -> None:
        """End the process at once; `reap` sees it."""
        if self._process is not None:
            self._process.kill()

    def reap(self, now: float) -> int | None:
        """Return the exit code of a process that has ended, once; None while it lives or none is.

        After it, `starts_at` says when the next one is due: at once where the process has lived for
        a while, later and later where it keeps failing.
        """
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        self._close()
        self.failures = 0 if now - self._started_at > HEALTHY_SECONDS else self.failures + 1
        back_off = _FIRST_BACK_OFF_SECONDS * 2.0 ** min(self.failures, 16)
        self.starts_at = now + min(back_off, self._longest_back_off_seconds)
        self.is_ready = False
        return code

    def _close(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None


START_SECONDS: Final = 30.0
HEALTHY_SECONDS: Final = 10.0
_FIRST_BACK_OFF_SECONDS: Final = 0.05
_HEARD_AT_ONCE: Final = 64  # a worker gone wild must not keep us from the others
