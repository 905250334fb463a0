"""The site for machines that watch over the filter, served on a port of its own."""

import asyncio
from collections.abc import Callable
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple

from filterdns.control.running import RunningFilter
from filterdns.web.metrics import make_metrics_site
from filterdns.web.server import WebServer
from filterdns.web.sockets import tcp_listener
from tests.support.control import running_filter


class Answer(NamedTuple):
    """What came back."""

    code: int
    headers: HTTPMessage
    body: str


def asked(
    folder: Path,
    target: str,
    method: str = "GET",
    accept: str = "*/*",
    first: Callable[[RunningFilter], object] = lambda _: None,
) -> Answer:
    """Return what the site of a filter in *folder* answers, after *first*."""

    async def run() -> Answer:
        async with running_filter(folder) as running:
            first(running)
            listener = tcp_listener("127.0.0.1", 0)
            port = listener.getsockname()[1]
            server = WebServer(make_metrics_site(running), listener)
            running.tasks.spawn(server.run())
            answer = await asyncio.to_thread(_ask, port, target, method, accept)
            server.stop()
            return answer

    return asyncio.run(run())


def _ask(port: int, target: str, method: str, accept: str) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, headers={"Accept": accept})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()
