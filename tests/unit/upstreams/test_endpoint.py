"""Where upstreams listen, and sockets that lead there."""

import socket
from itertools import pairwise

import pytest

from filterdns.errors import OutOfDescriptors
from filterdns.upstreams.endpoint import Endpoint
from tests.support.descriptors import no_free_descriptor


@pytest.mark.parametrize(
    ("host", "text"), [("192.0.2.53", "192.0.2.53:53"), ("2001:db8::53", "[2001:db8::53]:53")]
)
def test_an_endpoint_reads_like_the_config(host: str, text: str) -> None:
    assert str(Endpoint(host, 53)) == text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::1%lo", "::1%1"])
def test_a_datagram_socket_is_connected_and_does_not_block(host: str) -> None:
    with Endpoint(host, 53).open_socket(socket.SOCK_DGRAM) as opened:
        assert opened.getpeername()[:2] == (host.partition("%")[0], 53)
        assert not opened.getblocking()


def test_the_kernel_picks_another_port_for_each_socket() -> None:
    endpoint = Endpoint("127.0.0.1", 53)
    opened = [endpoint.open_socket(socket.SOCK_DGRAM) for _ in range(20)]
    ports = [each.getsockname()[1] for each in opened]
    for each in opened:
        each.close()
    steps = {after - before for before, after in pairwise(ports)}
    assert len(set(ports)) == 20
    assert len(steps) > 1


def test_a_zone_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match=r"No such device|no interface"):
        Endpoint("fe80::1%no-such-zone", 53).open_socket(socket.SOCK_DGRAM)


def test_no_descriptor_left_is_nobodys_fault_up_there() -> None:
    with no_free_descriptor(), pytest.raises(OutOfDescriptors):
        Endpoint("127.0.0.1", 53).open_socket(socket.SOCK_DGRAM)
