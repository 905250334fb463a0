"""Serving a starlette application on a bound socket, without uvicorn's hold on our process.

Signals belong to the supervisor, and logs to `logs`: uvicorn touches neither.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette

STOP_SECONDS: Final = 1


class WebServer:
    """One application on one socket, which it owns."""

    def __init__(self, application: Starlette, listener: socket.socket) -> None:
        self._listener = listener
        config = uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _SignalFree(config)

    async def run(self) -> None:
        """Serve until `stop`, then finish what is under way within `STOP_SECONDS`."""
        try:
            await self._server.serve([self._listener])
        except asyncio.CancelledError:
            self._listener.close()
            raise

    def stop(self) -> None:
        """Let `run` come to its end. May be called twice."""
        self._server.should_exit = True


class _SignalFree(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
