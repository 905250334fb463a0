"""Signals as something that a loop can wait for."""

import signal
import socket
from types import FrameType
from typing import Final, Self

NUMBERS: Final = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGUSR2,
    signal.SIGCHLD,
)


class Signals:
    """Turns `NUMBERS` into bytes of *wake_up*, a socket that becomes readable.

    A context manager of the main thread; after it the signals do what they did before.
    """

    def __init__(self) -> None:
        self.wake_up, self._writer = socket.socketpair()
        self.wake_up.setblocking(False)
        self._writer.setblocking(False)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _only_wake_up) for number in NUMBERS}
        self.let_through()  # the program before us may have held them back
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self.wake_up.close()
        self._writer.close()

    def hold_back(self) -> None:
        """Let signals wait, over an exec too: to the next program they would be deadly at first."""
        signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)

    def let_through(self) -> None:
        """Hear of signals again, of those that have waited first."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)

    def received(self) -> list[int]:
        """Return the numbers of the signals that came since the last call."""
        try:
            return list(self.wake_up.recv(256))
        except BlockingIOError:
            return []


def _only_wake_up(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: a signal writes its byte only where Python has a handler for it."""
