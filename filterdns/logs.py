"""How all processes of filterdns log: to stderr, one line an event, life events at INFO."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Final


def set_up_logging(environment: Mapping[str, str]) -> None:
    """Log to stderr from here on; without the time where the journal writes its own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Format(_PLAIN if _goes_to_journal(environment) else _TIMED, "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Their life is not ours: who connects, what they were started with.
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


_PLAIN: Final = "%(prefix)s%(message)s"
_TIMED: Final = "%(asctime)s %(prefix)s%(message)s"


class _Format(logging.Formatter):
    """Writes the level only where it is not INFO."""

    def format(self, record: logging.LogRecord) -> str:
        is_usual = record.levelno == logging.INFO
        record.prefix = "" if is_usual else f"{record.levelname.lower()}: "
        return super().format(record)


def _goes_to_journal(environment: Mapping[str, str]) -> bool:
    # The variable alone is no proof: children that write elsewhere inherit it (systemd.exec(5)).
    stderr = os.fstat(sys.stderr.fileno())
    return environment.get("JOURNAL_STREAM", "") == f"{stderr.st_dev}:{stderr.st_ino}"
