"""How many files and sockets the processes may have open: every TCP client is one."""

import errno
import logging
import resource
import time
from typing import Final

logger = logging.getLogger(__name__)

WANTED: Final = 65_536
FEW: Final = 4_096
SILENT_SECONDS: Final = 60.0


def raise_limit(wanted: int = WANTED) -> int:
    """Raise this process's limit, which its children inherit, and return it.

    The soft limit is what programs get that still use select(2); we may have all of the hard one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = max(soft, min(wanted, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised


def is_exhausted(error: OSError) -> bool:
    """Whether *error* says that for another socket nothing is left: it may end at any moment."""
    return error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Shortage:
    """Says once a minute that no descriptor is left."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def tell(self, what: str) -> None:
        """Say that *what* has to wait for a descriptor, or do without."""
        now = time.monotonic()
        if now < self._silent_until:
            return
        self._silent_until = now + SILENT_SECONDS
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        logger.error(
            "%s: all %d descriptors are in use; LimitNOFILE= in the unit raises that, "
            "limits.tcp_connections keeps clients from taking so many",
            what,
            soft,
        )
