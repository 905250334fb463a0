import asyncio
import socket
import stat
from pathlib import Path

import pytest

from filterdns.web.sockets import bind_sockets, tcp_listener, unix_listener
from tests.support.control import running_filter


def test_metrics_have_no_socket_where_the_config_wants_none(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            sockets = bind_sockets(running)
            sockets.control.close()
            assert sockets.metrics is None
            assert running.metrics_trouble == ""

    asyncio.run(run())


def test_the_socket_is_for_owner_and_group_only(tmp_path: Path) -> None:
    with unix_listener(tmp_path / "control.sock"):
        assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o660


def test_a_socket_that_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    unix_listener(tmp_path / "control.sock").close()
    unix_listener(tmp_path / "control.sock").close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_tcp_listener_is_of_the_family_of_its_address(host: str) -> None:
    with tcp_listener(host, 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        assert listener.getsockname()[0] == host
