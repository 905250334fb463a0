"""`filterdns restart`: let the newly installed program take over, without a gap in the answers."""

import time
from typing import Any, Final

from filterdns.cli.client import LONG_PATIENCE_SECONDS, ControlClient, running_filter
from filterdns.cli.options import DirectoryOption, JsonOption
from filterdns.cli.output import say, say_json
from filterdns.errors import FilterUnavailable

NEW_ONE_WITHIN_SECONDS: Final = 120.0
LOOK_AGAIN_SECONDS: Final = 0.1


def restart(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Turn into the program that is installed now; the old one answers until the new one does."""
    running = running_filter(directory)
    old_control = running.get("/api/status")["control"]["pid"]
    running.post("/api/restart", patience_seconds=LONG_PATIENCE_SECONDS)
    status = _status_of_new(running, old_control)
    found = {"version": status["version"], "workers": len(status["workers"])}
    if as_json:
        say_json(found)
        return
    say(f"restarted: filterdns {found['version']} answers")


def _status_of_new(running: ControlClient, old_control: int) -> dict[str, Any]:
    """Return the status of the new program once all of its workers answer."""
    deadline = time.monotonic() + NEW_ONE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            status = running.get("/api/status")
        except FilterUnavailable:  # between the old one and the new one
            status = None
        if status and status["control"]["pid"] != old_control and _is_served(status):
            return dict(status)
        time.sleep(LOOK_AGAIN_SECONDS)
    raise FilterUnavailable(
        f"the new program does not answer after {NEW_ONE_WITHIN_SECONDS:.0f} s; its log says why."
        " The workers of the old one answer meanwhile"
    )


def _is_served(status: dict[str, Any]) -> bool:
    return bool(status["workers"]) and all(worker["ready"] for worker in status["workers"])
