"""What workers report, handed to those who keep it."""

import logging
from typing import Any, Final

from filterdns.control.running import RunningFilter

logger: Final = logging.getLogger(__name__)


def take_report(running: RunningFilter, worker: int, message: dict[str, Any]) -> None:
    """Take *message* of *worker*; raises `ValueError` where it is none that a worker sends.

    An error of ours costs this report and a traceback in the log, and not the link to the worker:
    images go down by it.
    """
    try:
        _take(running, worker, message)
    except ValueError:
        raise
    except Exception:
        kind = message.get("t")
        logger.exception("internal error: the %s of worker %d are lost", kind, worker)


def _take(running: RunningFilter, worker: int, message: dict[str, Any]) -> None:
    match message.get("t"):
        case "records":
            running.recorder.add(message.get("rows"), running.clock.now())
        case "askers":
            running.nearby.askers.take(message.get("rows"), running.clock.now())
        case "metrics":
            running.metrics.apply(worker, message.get("values"))
        case "upstreams":
            running.upstreams.take(worker, message.get("values"))
        case kind:
            raise ValueError(f"{kind!r} is no kind of message")
