import asyncio
import signal
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from filterdns.cli.client import ControlClient
from filterdns.errors import ControlError
from filterdns.web.server import WebServer
from filterdns.web.sockets import unix_listener


async def hello(_: Request) -> Response:
    return PlainTextResponse('"hello"')


SITE = Starlette(routes=[Route("/hello", hello)])


def test_an_application_is_served_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    async def run() -> object:
        server = WebServer(SITE, unix_listener(path))
        serving = asyncio.ensure_future(server.run())
        answer = await asyncio.to_thread(ControlClient(path).get, "/hello")
        server.stop()
        server.stop()
        await serving
        return answer

    assert asyncio.run(run()) == "hello"


def test_signals_are_left_to_the_supervisor(tmp_path: Path) -> None:
    async def run() -> None:
        server = WebServer(SITE, unix_listener(tmp_path / "control.sock"))
        serving = asyncio.ensure_future(server.run())
        await asyncio.sleep(0.2)
        server.stop()
        await serving

    before = signal.getsignal(signal.SIGTERM)
    asyncio.run(run())
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_stopped_server_lets_go_of_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    async def run() -> None:
        server = WebServer(SITE, unix_listener(path))
        server.stop()
        await server.run()

    asyncio.run(run())
    with pytest.raises(ControlError, match="no filter answers"):
        ControlClient(path).get("/hello")
