"""`python -m filterdns.worker`: what the supervisor starts; not meant to be typed."""

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from filterdns import channel, privileges
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
    set_up_logging(os.environ)
    arguments = _arguments(sys.argv[1:])
    if arguments is None:
        return 0  # never needed
    try:
        asyncio.run(_run(arguments))
    except FilterdnsError as error:
        logger.error("a worker cannot start: %s", error)
        return 1
    return 0


def _arguments(born_with: Sequence[str]) -> Arguments | None:
    """Return all arguments: the channel comes at birth, the others over it once they are known.

    None where they never come, for the filter ends.
    """
    born = argparse.ArgumentParser(prog="filterdns-worker", add_help=False)
    born.add_argument("--fd", type=int, required=True)
    with socket.socket(fileno=os.dup(born.parse_args(born_with).fd)) as supervisor:
        received = channel.receive(supervisor)
    if received is None or received.message.get("t") != "begin":
        return None
    parser = argparse.ArgumentParser(parents=[born])
    parser.add_argument("--index", dest="place", type=int, default=0)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--workers-socket", type=Path, required=True)
    parser.add_argument("--floor", type=Floor.from_text)
    parser.add_argument("--bindings", type=Path)
    parser.add_argument("--test-clock", type=Path)
    return Arguments(**vars(parser.parse_args([*born_with, *received.message["arguments"]])))


async def _run(arguments: Arguments) -> None:
    await Worker(arguments).run()


if __name__ == "__main__":
    sys.exit(main())
