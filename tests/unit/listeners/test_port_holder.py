import os
import socket
from pathlib import Path

import pytest

from filterdns.listeners.port_holder import port_holder


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_program_with_the_port_is_named(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.bind((host, 0))
        own_name = Path("/proc/self/comm").read_text().strip()
        assert port_holder(udp.getsockname()[1], "udp") == f"{own_name} (pid {os.getpid()})"


def test_a_connection_is_not_a_listener() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert port_holder(client.getsockname()[1], "tcp") == ""


def test_a_free_port_has_no_holder() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        port = udp.getsockname()[1]
    assert port_holder(port, "udp") == ""
