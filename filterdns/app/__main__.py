"""`python -m filterdns.app`: what the supervisor starts; not meant to be typed.

The config comes first, and what puts it in force is loaded once it is read: a mistake in it is told
sooner. Everything that can fail for the admin's sake fails before the plan goes to the supervisor,
in words, with exit code 2 (what was asked for) or 1 (this host).
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import Final

from filterdns import privileges
from filterdns.clock import Clock
from filterdns.control.arguments import Options, read_arguments
from filterdns.control.calendars import Calendars
from filterdns.control.last_seen import floor_from
from filterdns.control.starting import first_meaning, take_folders
from filterdns.control.supervisor_link import SupervisorLink
from filterdns.errors import ConfigError, ControlError, FilterdnsError
from filterdns.kernel_time import boot_seconds
from filterdns.logs import set_up_logging
from filterdns.orphan import wake_at_parents_end
from filterdns.priority import PREPARING, give_way
from filterdns.tasks import Tasks

logger: Final = logging.getLogger("filterdns")


def main() -> int:
    """Be the control process until the supervisor ends it; return the exit code."""
    privileges.put_down()
    give_way(PREPARING)
    wake_at_parents_end()
    set_up_logging(os.environ)
    options, descriptor = read_arguments(sys.argv[1:])
    try:
        asyncio.run(_control(options, os.environ, descriptor))
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return 2
    except ControlError as error:
        logger.error("%s", error)
        return 2
    except FilterdnsError as error:
        logger.error("%s", error)
        return 1
    return 0


async def _control(options: Options, environment: Mapping[str, str], descriptor: int) -> None:
    """Read the config, control by it, and end when the supervisor says so or is gone."""
    clock = Clock(options.test_clock, floor_from(options.folders.last_seen, boot_seconds()))
    calendars = Calendars(options.folders.calendars, clock.now)
    tasks, stopped = Tasks(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    # Of the orders only this one can come before the plan.
    supervisor = SupervisorLink(descriptor, lambda _: stopped.set())
    tasks.spawn(supervisor.beat())
    try:
        await asyncio.to_thread(take_folders, options.folders)
        first = await asyncio.to_thread(first_meaning, options, environment, calendars)

        from filterdns.app.assembly import Assembly

        app = Assembly(options, environment, clock, calendars, supervisor, tasks, stopped)
        await app.run(first)
    finally:
        await tasks.cancel()
        supervisor.close()


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    # At once: a thread that waits for a disk, or for somebody's word, would keep us here for ever.
    os._exit(exit_code)
