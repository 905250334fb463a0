"""The REST API of a running filter, served on its control socket, as the command line meets it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from filterdns.cli.client import ControlClient
from filterdns.control.running import RunningFilter
from filterdns.web.api import make_api
from filterdns.web.server import WebServer
from filterdns.web.sockets import unix_listener
from tests.support.control import FAMILY, running_filter


@asynccontextmanager
async def served_filter(folder: Path, body: str = FAMILY) -> AsyncIterator[RunningFilter]:
    """Give a running filter that answers on `run/control.sock` in *folder*."""
    async with running_filter(folder, body) as running:
        server = WebServer(make_api(running), unix_listener(running.options.folders.control_socket))
        running.tasks.spawn(server.run())
        try:
            yield running
        finally:
            server.stop()


def with_client(folder: Path, ask: Callable[[ControlClient], Any], body: str = FAMILY) -> Any:
    """Return what *ask* returns, called in a thread with a client of such a filter."""

    async def run() -> Any:
        async with served_filter(folder, body) as running:
            client = ControlClient(running.options.folders.control_socket)
            return await asyncio.to_thread(ask, client)

    return asyncio.run(run())
