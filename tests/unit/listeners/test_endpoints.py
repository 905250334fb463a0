import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from filterdns.channel import MAX_DESCRIPTORS
from filterdns.listeners.addresses import OwnAddress
from filterdns.listeners.binding import Endpoint
from filterdns.listeners.endpoints import Endpoints
from tests.support.listening import overflow


class Host:
    """A host whose addresses the test sets; all of 127.0.0.0/8 can be bound for real."""

    def __init__(self) -> None:
        self.addresses: list[OwnAddress] | None = []

    def ask(self) -> list[OwnAddress]:
        if self.addresses is None:
            raise OSError("no rtnetlink")
        return self.addresses

    def has(self, *hosts: str, is_ready: bool = True) -> None:
        self.addresses = [OwnAddress(each, 8, is_ready) for each in hosts]


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


@pytest.fixture
def wildcard(host: Host, port: int) -> Iterator[Endpoints]:
    endpoints = Endpoints([Endpoint("0.0.0.0", port)], 1, {}, host.ask)
    yield endpoints
    endpoints.close()


def hosts(endpoints: Sequence[Endpoint]) -> list[str]:
    return [each.host for each in endpoints]


def test_an_address_that_comes_later_is_bound(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1")
    assert hosts(wildcard.follow().added) == ["127.0.0.1"]
    host.has("127.0.0.1", "127.0.0.2")
    assert hosts(wildcard.follow().added) == ["127.0.0.2"]
    assert hosts(list(wildcard.bound)) == ["127.0.0.1", "127.0.0.2"]


def test_an_address_that_goes_is_dropped(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1", "127.0.0.2")
    wildcard.follow()
    host.has("127.0.0.1")
    assert hosts(wildcard.follow().gone) == ["127.0.0.2"]
    assert hosts(list(wildcard.bound)) == ["127.0.0.1"]


def test_an_address_under_examination_is_looked_at_again(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1", is_ready=False)
    assert wildcard.follow().added == []
    assert wildcard.needs_another_look
    host.has("127.0.0.1")
    assert hosts(wildcard.follow().added) == ["127.0.0.1"]
    assert not wildcard.needs_another_look


def test_an_address_examined_once_more_keeps_its_sockets(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1")
    wildcard.follow()
    host.has("127.0.0.1", is_ready=False)
    assert wildcard.follow().gone == []


def test_the_networks_of_the_interfaces_are_known(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1", "10.1.2.3")
    wildcard.follow()
    assert wildcard.networks == ["10.0.0.0/8", "127.0.0.0/8"]


def test_a_taken_port_of_one_address_of_a_wildcard_is_a_trouble_told_once(
    host: Host, wildcard: Endpoints, port: int
) -> None:
    host.has("127.0.0.1", "127.0.0.2")
    with socket.create_server(("127.0.0.2", port)):
        assert len(wildcard.follow().troubles) == 1
        assert wildcard.follow().troubles == []
        assert not wildcard.failure()
        assert wildcard.needs_another_look
    assert hosts(wildcard.follow().added) == ["127.0.0.2"]
    assert wildcard.troubles == []


def test_a_taken_port_of_a_named_address_is_a_failure(host: Host, port: int) -> None:
    named = Endpoints([Endpoint("127.0.0.1", port), Endpoint("127.0.0.2", port)], 1, {}, host.ask)
    with socket.create_server(("127.0.0.2", port)):
        named.follow()
        assert f"cannot listen on 127.0.0.2:{port}" in named.failure()
    named.close()


def test_a_named_address_that_is_not_there_yet_is_waited_for(host: Host, port: int) -> None:
    named = Endpoints([Endpoint("127.0.0.1", port), Endpoint("192.0.2.77", port)], 1, {}, host.ask)
    assert "tried again" in named.follow().troubles[0]
    assert not named.failure()
    named.close()


def test_nothing_bound_is_a_failure(host: Host, wildcard: Endpoints) -> None:
    wildcard.follow()
    assert wildcard.failure() == "this host has no address to listen on"


def test_sockets_are_handed_over_in_parcels_that_the_kernel_takes(
    host: Host, wildcard: Endpoints
) -> None:
    host.has(*(f"127.0.1.{number}" for number in range(1, 41)))
    wildcard.follow()
    parcels = list(wildcard.parcels(0, list(wildcard.bound)))
    assert [message["more"] for message, _ in parcels] == [True, False]
    assert all(len(descriptors) <= MAX_DESCRIPTORS for _, descriptors in parcels)
    handed_over = [endpoint for message, _ in parcels for endpoint in message["udp"]]
    assert handed_over == list(wildcard.bound)


def test_udp_sockets_come_before_those_of_tcp(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1", "127.0.0.2")
    wildcard.follow()
    [(message, descriptors)] = wildcard.parcels(0, list(wildcard.bound))
    first, second = wildcard.bound.values()
    expected = [first.udp[0], second.udp[0], first.tcp, second.tcp]
    assert descriptors == [one.fileno() for one in expected]
    assert message["udp"] == message["tcp"] == list(wildcard.bound)


def test_nothing_to_hand_over_is_told(wildcard: Endpoints) -> None:
    assert list(wildcard.parcels(0, [])) == [
        ({"t": "sockets", "udp": [], "tcp": [], "more": False}, [])
    ]


def test_what_a_queue_has_dropped_is_counted_on_when_its_address_comes_back(
    host: Host, wildcard: Endpoints
) -> None:
    host.has("127.0.0.1", "127.0.0.2")
    wildcard.follow()
    first = next(iter(wildcard.bound.values()))
    overflow(first.udp[0])
    [state, idle] = wildcard.buffers()
    assert (state.host, state.port, state.worker) == (*first.endpoint, 0)
    assert state.dropped > 0
    assert (idle.host, idle.dropped) == ("127.0.0.2", 0)

    host.has("127.0.0.2")
    wildcard.follow()
    assert sorted(wildcard.buffers()) == [state._replace(granted_bytes=0), idle]

    host.has("127.0.0.1", "127.0.0.2")
    wildcard.follow()
    assert {each.dropped for each in wildcard.buffers()} == {state.dropped, 0}
    overflow(wildcard.bound[first.endpoint].udp[0])
    assert max(each.dropped for each in wildcard.buffers()) > state.dropped


def test_a_socket_of_the_service_manager_that_is_not_wanted_any_more_stays_its_own(
    host: Host,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        endpoint = Endpoint(*passed.getsockname())
        adopted = {endpoint: [passed.dup()]}
        before = Endpoints([endpoint], 1, adopted, host.ask)
        before.follow()
        after = Endpoints([], 1, adopted, host.ask, inherited=before.bound)
        assert after.follow().gone == [endpoint]
        with socket.create_connection(endpoint, 5):
            passed.accept()[0].close()
        before.close()
        after.close()


def test_what_the_queue_of_the_service_manager_has_dropped_is_counted_once(host: Host) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as passed:
        passed.bind(("127.0.0.1", 0))
        endpoint = Endpoint(*passed.getsockname())
        endpoints = Endpoints([endpoint], 2, {endpoint: [passed]}, host.ask)
        endpoints.follow()
        sent, taken = overflow(passed)
        assert [each.dropped for each in endpoints.buffers()] == [sent - taken]
        endpoints.close_worker(0)
        assert sum(each.dropped for each in endpoints.buffers()) == sent - taken
        endpoints.open_worker(0)
        assert sum(each.dropped for each in endpoints.buffers()) == sent - taken
        endpoints.close()


def test_a_host_that_tells_no_addresses_gets_the_wildcard(host: Host, wildcard: Endpoints) -> None:
    host.addresses = None
    assert hosts(wildcard.follow().added) == ["0.0.0.0"]


def test_what_is_known_of_the_addresses_outlives_a_look_that_fails(
    host: Host, wildcard: Endpoints
) -> None:
    host.has("127.0.0.1")
    wildcard.follow()
    host.addresses = None
    assert wildcard.follow() == ([], [], [])
    assert hosts(list(wildcard.bound)) == ["127.0.0.1"]
    assert wildcard.needs_another_look


def test_the_wildcard_gives_way_when_the_addresses_become_known(
    host: Host, wildcard: Endpoints
) -> None:
    host.addresses = None
    [as_it_is] = wildcard.follow().added
    with wildcard.bound[as_it_is].tcp.dup():  # a worker's
        host.has("127.0.0.1")
        change = wildcard.follow()
    assert (hosts(change.added), change.gone, change.troubles) == (["127.0.0.1"], [as_it_is], [])


def test_sockets_can_be_closed_twice(host: Host, wildcard: Endpoints) -> None:
    host.has("127.0.0.1")
    wildcard.follow()
    wildcard.close()
    wildcard.close()
    assert wildcard.bound == {}


# One worker's share.


@pytest.fixture
def shared(host: Host, port: int) -> Iterator[Endpoints]:
    """Two workers on two addresses."""
    endpoints = Endpoints([Endpoint("0.0.0.0", port)], 2, {}, host.ask)
    host.has("127.0.0.1", "127.0.0.2")
    endpoints.follow()
    yield endpoints
    endpoints.close()


def heard_by(udp: Sequence[socket.socket], address: Endpoint) -> int:
    """Return how many of 40 clients' datagrams reach the sockets *udp*."""
    for _ in range(40):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"?", address)
    heard = 0
    for one in udp:
        with suppress(BlockingIOError):
            while one.recv(10):
                heard += 1
    return heard


def test_a_worker_whose_sockets_are_closed_leaves_its_share_to_the_others(
    shared: Endpoints,
) -> None:
    assert 0 < heard_by(shared.udp_of(0), shared.listening[0]) < 40
    shared.close_worker(1)
    assert shared.udp_of(1) == []
    assert not shared.has_udp(1)
    heard_by(shared.udp_of(0), shared.listening[0])  # what had come before, too
    assert heard_by(shared.udp_of(0), shared.listening[0]) == 40


def test_a_queue_that_is_to_be_closed_gets_no_more_and_what_lies_in_it_can_be_answered(
    shared: Endpoints,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        heard_by([], shared.listening[0])
        turned_away = shared.turn_away(1)
        assert heard_by(shared.udp_of(0), shared.listening[0]) > 40  # what had come before, too
        assert 0 < heard_by(turned_away, shared.listening[0]) < 40
        assert heard_by(turned_away, shared.listening[0]) == 0
        client.bind(("127.0.0.1", 0))
        client.settimeout(20)
        turned_away[0].sendto(b"!", client.getsockname())
        assert client.recvfrom(10) == (b"!", shared.listening[0])


def test_what_the_service_manager_has_bound_is_never_turned_away(host: Host) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as passed:
        passed.setblocking(False)
        passed.bind(("127.0.0.1", 0))
        endpoint = Endpoint(*passed.getsockname())
        endpoints = Endpoints([endpoint], 2, {endpoint: [passed]}, host.ask)
        endpoints.follow()
        endpoints.turn_away(1)
        assert heard_by(endpoints.udp_of(0), endpoint) == 40
        endpoints.close()


def test_it_has_its_share_again_when_they_are_bound_anew(shared: Endpoints) -> None:
    shared.close_worker(1)
    shared.open_worker(1)
    assert shared.has_udp(1)
    assert 0 < heard_by(shared.udp_of(1), shared.listening[0]) < 40
    assert [one.getsockname() for one in shared.udp_of(1)] == shared.listening


def test_an_address_that_comes_meanwhile_is_bound_for_the_others_alone(
    host: Host, shared: Endpoints
) -> None:
    shared.close_worker(1)
    host.has("127.0.0.1", "127.0.0.2", "127.0.0.3")
    [added] = shared.follow().added
    assert heard_by(shared.udp_of(0), added) == 40
    shared.open_worker(1)
    assert len(shared.udp_of(1)) == 3


def test_a_worker_without_udp_is_handed_its_tcp(shared: Endpoints) -> None:
    shared.close_worker(1)
    [(message, descriptors)] = shared.parcels(1, list(shared.bound))
    assert message["udp"] == []
    assert message["tcp"] == list(shared.bound)
    assert descriptors == [each.tcp.fileno() for each in shared.bound.values()]


def test_what_a_worker_has_dropped_is_not_forgotten_with_its_sockets(shared: Endpoints) -> None:
    shared.udp_of(1)[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for _ in range(3):
        heard_by([], shared.listening[0])
    before = {each[:3]: each.dropped for each in shared.buffers()}
    shared.close_worker(1)
    closed = {each[:3]: each.dropped for each in shared.buffers()}
    shared.open_worker(1)
    after = {each[:3]: each.dropped for each in shared.buffers()}
    lost = [before[place] for place in before if before[place]]
    assert lost
    assert [count for count in closed.values() if count] == lost
    assert [count for count in after.values() if count] == lost
