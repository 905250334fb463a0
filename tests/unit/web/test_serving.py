import asyncio
from pathlib import Path

from filterdns.cli.client import ControlClient
from filterdns.web.serving import make_servers
from filterdns.web.sockets import Sockets, tcp_listener, unix_listener
from tests.support.control import running_filter


def test_who_has_connected_before_is_served_as_well(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            path = running.options.folders.control_socket
            sockets = Sockets(unix_listener(path), tcp_listener("127.0.0.1", 0))
            asking = asyncio.ensure_future(asyncio.to_thread(ControlClient(path).get, "/api/lists"))
            await asyncio.sleep(0.1)  # long enough to have asked
            servers = make_servers(running, sockets)
            for server in servers:
                running.tasks.spawn(server.run())
            assert "sources" in await asking
            assert len(servers) == 2
            for server in servers:
                server.stop()

    asyncio.run(run())
