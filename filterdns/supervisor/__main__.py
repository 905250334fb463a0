"""`python -m filterdns.supervisor`: what `filterdns serve` turns into; not meant to be typed."""

import logging
import os
import sys
import time

from filterdns import privileges
from filterdns.descriptors import FEW, raise_limit
from filterdns.logs import set_up_logging
from filterdns.supervisor.handover import take_over
from filterdns.supervisor.supervisor import Supervisor
from filterdns.supervisor.workplaces import SILENCE_SECONDS

logger = logging.getLogger("filterdns")


def main() -> int:
    """Be the main process until it is told to stop; its arguments are the control process's."""
    set_up_logging(os.environ)
    privileges.keep_from_children()
    if (limit := raise_limit()) < FEW:
        logger.warning("only %d files and TCP clients may be open; LimitNOFILE= raises it", limit)
    inheritance = take_over(os.environ, SILENCE_SECONDS, time.monotonic())
    return Supervisor(sys.argv[1:], os.environ, inheritance).run()


if __name__ == "__main__":
    sys.exit(main())
