"""Restart: the program that is installed now takes over, and nobody waits for an answer."""

from filterdns.control.running import RunningFilter
from filterdns.errors import ControlError


async def restart(running: RunningFilter) -> None:
    """Let the supervisor become the program that is installed now; this process ends soon after.

    Raises `ControlError` with the reasons where that program would not start, or would not take the
    config: then nothing has changed.
    """
    if problems := await running.supervisor.restart():
        raise ControlError("\n".join(problems))
