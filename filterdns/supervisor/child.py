"""A process of ours, from its birth to its end, as the supervisor sees it.

It is born with one end of a channel (`--fd N`) and ends when that closes, so nothing is left behind
when the supervisor dies.
"""

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from filterdns import channel

START_SECONDS: Final = 30.0  # of silence, until it has shown that it is up


def start_child(
    name: str, module: str, arguments: Sequence[str], silence_seconds: float, now: float
) -> "Child":
    """Start `python -m MODULE ARGUMENTS --fd N`; raises `OSError` where the kernel has no room."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        theirs.set_inheritable(True)
        command = [sys.executable, "-m", module, *arguments, "--fd", str(theirs.fileno())]
        try:
            pid = os.posix_spawn(
                sys.executable,
                command,
                os.environ,
                file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
                setpgroup=0,  # Ctrl-C is for the supervisor, which ends us in order
                setsigmask=(),
            )
        except OSError:
            ours.close()
            raise
    return Child(name, pid, ours, silence_seconds, now)


class Child:
    """One process. *channel* is our end while both live, non-blocking; it is owned.

    Once it is up, which whoever reads its messages says, it is overdue after *silence_seconds*.
    Times are monotonic seconds.
    """

    def __init__(
        self, name: str, pid: int, ours: socket.socket | None, silence_seconds: float, now: float
    ) -> None:
        self.name = name
        self.pid = pid
        self.channel = ours
        self.is_up = False
        self.is_ready = False
        self.heard_at = self.since = now
        self._silence_seconds = silence_seconds
        self._is_asked_to_stop = False
        if ours is not None:
            ours.setblocking(False)

    def tell(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send *message*; a process that does not read is killed, one that ended hears nothing."""
        if self.channel is None:
            return
        try:
            channel.send(self.channel, message, descriptors)
        except (BrokenPipeError, ConnectionResetError):
            return  # it has ended; `reap` finds out
        except OSError:
            self.kill()  # it does not read, or will miss what the kernel had no room for

    def stop(self) -> None:
        """Ask the process to end in order, once."""
        if not self._is_asked_to_stop:
            self._is_asked_to_stop = True
            self.tell({"t": "stop"})

    def hear(self, now: float) -> list[dict[str, Any]]:
        """Return some of what has arrived; a process that sends no messages is killed."""
        heard: list[dict[str, Any]] = []
        while self.channel is not None and len(heard) < _HEARD_AT_ONCE:
            try:
                received = channel.receive(self.channel)
            except BlockingIOError:
                break
            except ConnectionResetError:  # it has ended without reading all that we said
                received = None
            except (OSError, ValueError):
                self.kill()
                break
            if received is None:
                self._close()
                break
            for descriptor in received.descriptors:
                os.close(descriptor)
            heard.append(received.message)
            self.heard_at = now
        return heard

    def is_silent(self, now: float) -> bool:
        """Whether it has not been heard of for too long."""
        return now - self.heard_at > (self._silence_seconds if self.is_up else START_SECONDS)

    def kill(self) -> None:
        """End the process at once; `reap` sees it, unless the kernel holds it (a frozen disk)."""
        os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> int | None:
        """Return the exit code once it has ended (negative: the signal); to be called no more then.

        None while it lives.
        """
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self._close()
        return os.waitstatus_to_exitcode(status)

    def _close(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None


_HEARD_AT_ONCE: Final = 64  # a worker gone wild must not keep us from the others
