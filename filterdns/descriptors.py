"""How many files and sockets the processes may have open: every TCP client is one."""

import resource
from typing import Final

WANTED: Final = 65_536
FEW: Final = 4_096


def raise_limit(wanted: int = WANTED) -> int:
    """Raise this process's limit, which its children inherit, and return it.

    The soft limit is what programs get that still use select(2); we may have all of the hard one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = max(soft, min(wanted, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
