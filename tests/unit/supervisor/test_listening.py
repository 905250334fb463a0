import logging
import socket
from collections.abc import Iterator

import pytest

from filterdns.listeners.addresses import OwnAddress
from filterdns.listeners.binding import Endpoint
from filterdns.listeners.endpoints import Endpoints
from filterdns.supervisor.listening import LOOK_AGAIN_SECONDS, Listening, by_endpoint


class Host:
    """A host with addresses of the loopback network, and a filter on all of them."""

    def __init__(self) -> None:
        self.addresses = [OwnAddress("127.0.0.1", 8, True)]
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port: int = server.getsockname()[1]
        self.endpoints = Endpoints([Endpoint("0.0.0.0", self.port)], 1, {}, lambda: self.addresses)
        self.listening = Listening(self.endpoints)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.endpoints.close()


def test_what_comes_and_goes_is_done_and_told(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    change, failure = host.listening.begin(0.0)
    assert ([str(each) for each in change.added], failure) == ([f"127.0.0.1:{host.port}"], "")
    host.addresses = [OwnAddress("10.255.0.1", 16, True), OwnAddress("127.0.0.2", 8, True)]
    change, has_new_networks = host.listening.follow(1.0)
    assert [each.host for each in change.gone] == ["127.0.0.1"]
    assert has_new_networks
    assert f"listens on 127.0.0.2:{host.port}, too" in caplog.messages
    assert f"no longer listens on 127.0.0.1:{host.port}" in caplog.messages
    assert any("10.255.0.1" in message for message in caplog.messages)  # it is none of ours


def test_a_trouble_is_looked_at_again_after_a_while(host: Host) -> None:
    host.listening.begin(0.0)
    assert not host.listening.is_due(100.0)
    host.addresses = [OwnAddress("127.0.0.1", 8, False)]
    host.listening.follow(100.0)
    assert not host.listening.is_due(100.0 + LOOK_AGAIN_SECONDS / 2)
    assert host.listening.is_due(100.0 + LOOK_AGAIN_SECONDS)


def test_a_host_where_nothing_can_be_served_is_told(host: Host) -> None:
    host.addresses = []
    _, failure = host.listening.begin(0.0)
    assert failure == "this host has no address to listen on"


def test_a_small_queue_is_told_once(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    host.listening.begin(0.0)
    for one in host.endpoints.udp_of(0):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host.listening.begin(0.0)
    assert "the kernel queues 4 of 4096 KiB of queries a socket" in caplog.text


def test_passed_sockets_are_told_apart_by_what_they_are_bound_to() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as other,
    ):
        assert by_endpoint([one, other]) == {
            Endpoint("127.0.0.1", one.getsockname()[1]): [one],
            Endpoint("::1", other.getsockname()[1]): [other],
        }
