"""The life of a listening socket."""

import asyncio
import socket

import pytest

from filterdns.listeners.listener import Listener, client_address


class Ear(Listener):
    """Remembers what it heard."""

    def __init__(self, sock: socket.socket) -> None:
        self.heard: list[bytes] = []
        super().__init__(sock)

    def _on_readable(self) -> None:
        self.heard.append(self._socket.recv(100))


def test_a_paused_listener_takes_nothing_and_a_closed_one_closes_its_socket() -> None:
    async def conversation() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with theirs:
            ear = Ear(ours)
            theirs.send(b"first")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            ear.pause()
            ear.pause()
            theirs.send(b"second")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert ear.heard == [b"first"]
            assert ours.recv(100) == b"second"
            ear.close()
            ear.close()
            assert ours.fileno() == -1

    asyncio.run(conversation())


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("fd00::20", "fd00::20"),
        ("::ffff:1:2:3", "::ffff:1:2:3"),
    ],
)
def test_a_client_of_ipv4_is_one_whatever_the_socket_shows_it_as(host: str, address: str) -> None:
    assert client_address((host, 53)) == address
