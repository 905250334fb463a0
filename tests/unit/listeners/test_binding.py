import errno
import socket
from collections.abc import Iterator

import pytest

from filterdns.listeners.addresses import OwnAddress
from filterdns.listeners.binding import (
    Bound,
    Endpoint,
    bind,
    describe,
    dropped_datagrams,
    granted_buffer_bytes,
    is_for_later,
    wanted_endpoints,
)
from tests.support.listening import overflow

OWN = [
    OwnAddress("127.0.0.1", 8, True),
    OwnAddress("192.168.1.2", 24, True),
    OwnAddress("fd00::2", 64, True),
    OwnAddress("fe80::1%eth0", 64, True),
    OwnAddress("fd00::3", 64, False),
]


@pytest.fixture
def endpoint() -> Endpoint:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return Endpoint("127.0.0.1", server.getsockname()[1])


@pytest.fixture
def bound(endpoint: Endpoint) -> Iterator[Bound]:
    sockets = bind(endpoint, 2, {})
    yield sockets
    sockets.close()


def test_a_wildcard_means_every_ready_address_of_its_family() -> None:
    assert wanted_endpoints([Endpoint("0.0.0.0", 53)], OWN) == [
        Endpoint("127.0.0.1", 53),
        Endpoint("192.168.1.2", 53),
    ]
    assert wanted_endpoints([Endpoint("::", 53)], OWN) == [
        Endpoint("fd00::2", 53),
        Endpoint("fe80::1%eth0", 53),
    ]


def test_an_address_named_beside_the_wildcard_is_bound_once() -> None:
    both = [Endpoint("0.0.0.0", 53), Endpoint("127.0.0.1", 53)]
    assert wanted_endpoints(both, OWN).count(Endpoint("127.0.0.1", 53)) == 1


def test_without_netlink_the_wildcard_itself_is_bound() -> None:
    assert wanted_endpoints([Endpoint("::", 53)], None) == [Endpoint("::", 53)]


def test_each_worker_has_a_udp_socket_of_its_own(bound: Bound, endpoint: Endpoint) -> None:
    assert [udp.getsockname() for udp in bound.udp] == [endpoint, endpoint]
    assert bound.tcp.getsockname() == endpoint


def test_tcp_is_listening(bound: Bound, endpoint: Endpoint) -> None:
    with socket.create_connection(endpoint, timeout=5):
        pass


def test_more_than_the_usual_receive_buffer_is_asked_for(bound: Bound) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as usual:
        assert granted_buffer_bytes(bound.udp[0]) >= granted_buffer_bytes(usual)


def test_datagrams_that_find_no_room_are_counted_for_the_socket_that_dropped_them(
    endpoint: Endpoint,
) -> None:
    bound = bind(endpoint, 1, {})
    idle = bind(Endpoint("127.0.0.1", 0), 1, {})
    sent, received = overflow(bound.udp[0])
    counts = [dropped_datagrams(one.udp[0]) for one in (bound, idle)]
    bound.close()
    idle.close()
    assert counts == [sent - received, 0]


def test_a_second_server_on_the_port_is_refused(bound: Bound, endpoint: Endpoint) -> None:
    with pytest.raises(OSError, match="in use") as refused:
        bind(endpoint, 1, {})
    assert not is_for_later(refused.value)


def test_a_withdrawn_address_is_free_though_a_worker_still_has_its_sockets(
    bound: Bound, endpoint: Endpoint
) -> None:
    of_a_worker = [bound.tcp.dup(), *(udp.dup() for udp in bound.udp)]
    bound.withdraw()
    bind(endpoint, 2, {}).close()
    for one in of_a_worker:
        one.close()


def test_a_refused_bind_leaves_nothing_open(endpoint: Endpoint) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(endpoint)
        with pytest.raises(OSError, match="in use"):
            bind(endpoint, 1, {})
    bind(endpoint, 1, {}).close()


def test_port_0_becomes_one_free_port_for_udp_and_tcp() -> None:
    free = bind(Endpoint("127.0.0.1", 0), 2, {})
    names = {one.getsockname() for one in (*free.udp, free.tcp)}
    free.close()
    assert names == {free.endpoint}
    assert free.endpoint.port > 0


def test_ipv6_does_not_take_the_port_of_ipv4() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        bind(Endpoint("::1", port), 1, {}).close()


def test_sockets_of_the_service_manager_are_used(endpoint: Endpoint) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as adopted:
        adopted.bind(endpoint)
        taken = bind(endpoint, 2, {endpoint: [adopted]})
        taken.close()
        assert adopted.getsockname() == endpoint


@pytest.mark.parametrize("host", ["192.0.2.77", "2001:db8::77"])
def test_an_address_that_is_not_there_is_for_later(host: str) -> None:
    with pytest.raises(OSError) as refused:
        bind(Endpoint(host, 5300), 1, {})
    assert is_for_later(refused.value)
    assert "tried again" in describe(refused.value, Endpoint(host, 5300))


def test_a_taken_port_is_told_with_its_holder_and_the_cure(
    bound: Bound, endpoint: Endpoint
) -> None:
    told = describe(OSError(errno.EADDRINUSE, "Address already in use"), endpoint)
    assert "(pid " in told
    assert "choose another in listen.dns" in told


def test_a_holder_out_of_sight_is_guessed() -> None:
    told = describe(OSError(errno.EADDRINUSE, ""), Endpoint("::1", 53))
    assert told.startswith("cannot listen on [::1]:53: ")


def test_a_missing_privilege_is_told_with_the_cure() -> None:
    told = describe(OSError(errno.EACCES, "Permission denied"), Endpoint("127.0.0.1", 53))
    assert "choose a port from 1024" in told
