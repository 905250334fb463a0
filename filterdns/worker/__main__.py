"""`python -m filterdns.worker`: what the supervisor starts; not meant to be typed."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from filterdns import privileges
from filterdns.clock import Floor
from filterdns.errors import FilterdnsError
from filterdns.logs import set_up_logging
from filterdns.orphan import wake_at_parents_end
from filterdns.worker.worker import Arguments, Worker

logger = logging.getLogger("filterdns")


def main() -> int:
    """Be a worker until the supervisor ends it; return the exit code."""
    privileges.put_down()
    wake_at_parents_end()
    parser = argparse.ArgumentParser(prog="filterdns-worker")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--index", dest="place", type=int, default=0)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--workers-socket", type=Path, required=True)
    parser.add_argument("--floor", type=Floor.from_text)
    parser.add_argument("--test-clock", type=Path)
    arguments = Arguments(**vars(parser.parse_args()))
    set_up_logging(os.environ)
    try:
        asyncio.run(_run(arguments))
    except FilterdnsError as error:
        logger.error("a worker cannot start: %s", error)
        return 1
    return 0


async def _run(arguments: Arguments) -> None:
    await Worker(arguments).run()


if __name__ == "__main__":
    sys.exit(main())
