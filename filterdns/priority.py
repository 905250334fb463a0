"""Who waits when processors are short: whoever prepares, tells or builds, and never who answers."""

import os
from contextlib import suppress
from typing import Final

PREPARING: Final = 10  # the control process, and commands: a tenth of what a worker gets
BUILDING: Final = 19  # lists: what nobody else wants


def give_way(niceness: int) -> None:
    """Let this process and its children have at least this *niceness* (setpriority(2)).

    Where a sandbox forbids even that, all goes on as before.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))
