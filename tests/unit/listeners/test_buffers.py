import socket
from collections.abc import Iterator

import pytest

from filterdns.listeners.binding import Endpoint, granted_buffer_bytes
from filterdns.listeners.buffers import Buffers, BufferState
from tests.support.listening import overflow


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


def endpoint_of(udp: socket.socket) -> Endpoint:
    return Endpoint(*udp.getsockname())


def test_a_queue_is_known_by_its_address_and_its_worker(udp: socket.socket) -> None:
    sent, taken = overflow(udp)
    endpoint = endpoint_of(udp)
    granted = granted_buffer_bytes(udp) // 2
    expected = BufferState(endpoint.host, endpoint.port, 3, granted, sent - taken)
    assert Buffers().states([((endpoint, 3), udp)]) == [expected]


def test_a_total_outlives_its_socket(udp: socket.socket) -> None:
    buffers = Buffers()
    sent, taken = overflow(udp)
    buffers.keep(endpoint_of(udp), 0, udp)
    [closed] = buffers.states([])
    assert (closed.granted_bytes, closed.dropped) == (0, sent - taken)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fresh:
        fresh.bind(("127.0.0.1", 0))
        sent_again, taken_again = overflow(fresh)
        [total] = buffers.states([((endpoint_of(udp), 0), fresh)])
    assert total.dropped == sent + sent_again - taken - taken_again


def test_a_socket_that_dropped_nothing_leaves_nothing_behind(udp: socket.socket) -> None:
    buffers = Buffers()
    buffers.keep(endpoint_of(udp), 0, udp)
    assert buffers.states([]) == []


def test_copies_of_one_socket_count_once(udp: socket.socket) -> None:
    sent, taken = overflow(udp)
    endpoint = endpoint_of(udp)
    with udp.dup() as copy:
        [state] = Buffers().states([((endpoint, 0), udp), ((endpoint, 1), copy)])
    assert (state.worker, state.dropped) == (0, sent - taken)
