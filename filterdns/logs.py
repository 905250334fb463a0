"""How all processes of filterdns log: to stderr, one line an event, life events at INFO.

Nobody waits for stderr. Behind it may be a pipe that nobody reads, a journal that hangs or a disk
that is full; lines go there from a thread of their own, and those that find no room are counted.
"""

import logging
import os
import queue
import select
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

MAX_WAITING: Final = 1000  # lines
FLUSH_SECONDS: Final = 0.5  # at the end of a process


def set_up_logging(environment: Mapping[str, str]) -> None:
    """Log to stderr from here on; without the time where the journal writes its own."""
    handler = PatientHandler(sys.stderr.fileno())
    handler.setFormatter(_Format(_PLAIN if _goes_to_journal(environment) else _TIMED, "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Their life is not ours: who connects, what they were started with.
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


class PatientHandler(logging.Handler):
    """Hands each line to a thread that writes it to *descriptor*, which may take its time.

    What cannot be written is lost; nothing that happens there is an error of whoever logs.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._waiting: queue.Queue[str] = queue.Queue(MAX_WAITING)
        self._lost = 0
        self._counting = threading.Lock()  # the handler's own is held while it flushes
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the line of *record*, or count it where too many wait."""
        if self._thread is None:
            thread = threading.Thread(target=self._write_lines, name="log", daemon=True)
            with suppress(RuntimeError):  # no thread can be started now; the next line tries again
                thread.start()
                self._thread = thread
        try:
            self._waiting.put_nowait(self.format(record))
        except queue.Full:
            with self._counting:
                self._lost += 1
        except Exception:  # noqa: BLE001 - a record that cannot be formatted: logging's own rule
            self.handleError(record)

    def flush(self) -> None:
        """Wait until all lines are written, `FLUSH_SECONDS` at most."""
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(
                lambda: not self._waiting.unfinished_tasks, FLUSH_SECONDS
            )

    def _write_lines(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # the main thread's matter
        while True:
            line = self._waiting.get()
            with self._counting:
                lost, self._lost = self._lost, 0
            if lost:
                line = f"warning: {lost} lines of this log are lost\n{line}"
            with suppress(OSError):
                _write_whole(self._descriptor, f"{line}\n".encode(errors="replace"))
            self._waiting.task_done()


_PLAIN: Final = "%(prefix)s%(message)s"
_TIMED: Final = "%(asctime)s %(prefix)s%(message)s"


class _Format(logging.Formatter):
    """Writes the level only where it is not INFO."""

    def format(self, record: logging.LogRecord) -> str:
        is_usual = record.levelno == logging.INFO
        record.prefix = "" if is_usual else f"{record.levelname.lower()}: "
        return super().format(record)


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # whoever gave it to us has made it so
            select.select([], [descriptor], [])


def _goes_to_journal(environment: Mapping[str, str]) -> bool:
    # The variable alone is no proof: children that write elsewhere inherit it (systemd.exec(5)).
    stderr = os.fstat(sys.stderr.fileno())
    return environment.get("JOURNAL_STREAM", "") == f"{stderr.st_dev}:{stderr.st_ino}"
