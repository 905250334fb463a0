"""A host with several addresses: each answers for itself, and the filter follows as they change.

The filter and its upstream are in one network namespace, whoever asks is in another one.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.namespaces import CABLE, lay_cable
from tests.support.street import IPV4, IPV6, OPEN, STREET, Street, bare, give, open_street, take

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

IN_TIME = 5.0  # seconds


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("addresses")) as street:
        yield street


@pytest.fixture(autouse=True)
def nothing_is_in_the_way(street: Street) -> Iterator[None]:
    """No change of addresses may look like another program that has the port."""
    yield
    assert "has the port" not in street.house.log_text()
    assert "Traceback" not in street.house.log_text()


@contextmanager
def given(street: Street, address: str) -> Iterator[None]:
    """Give the house one more address for the block."""
    give(street.indoors, address)
    try:
        yield
    finally:
        take(street.indoors, address)


@contextmanager
def route(street: Street, network: str) -> Iterator[None]:
    """Let the house know the way to a network that it has no address in, for the block."""
    way = (network, "dev", CABLE, "metric", "2000")
    street.indoors.command("route", "add", *way)
    try:
        yield
    finally:
        street.indoors.command("route", "delete", *way)


@contextmanager
def asking(street: Street, *addresses: str) -> Iterator[list[str]]:
    """Ask *addresses* in turns all the while; give those that left a question unanswered."""
    unanswered: list[str] = []
    has_ended = threading.Event()

    def ask() -> None:
        while not has_ended.wait(0.02):
            unanswered.extend(each for each in addresses if street.dig(each, "+notcp") is None)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield unanswered
    finally:
        has_ended.set()
        asker.join()


def all_answer(street: Street, *addresses: str) -> bool:
    return all(street.answers(each) for each in addresses)


# Each for itself.


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("address", bare([*IPV4, *IPV6]))
def test_whoever_asks_an_address_hears_from_that_address(
    street: Street, address: str, transport: str
) -> None:
    reply = street.dig(address, transport)
    assert reply is not None
    assert reply.addresses == [OPEN]
    assert re.search(rf"^;; SERVER: {re.escape(address)}(%\w+)?#53", reply.text, re.MULTILINE)
    blocked = street.dig(address, transport, name="www.bet365.com")
    assert blocked is not None
    assert blocked.reason == "Blocked: gambling"


def test_the_filter_says_on_which_addresses_it_listens(street: Street) -> None:
    assert street.listening == {"127.0.0.1", "::1", *bare([*IPV4, *IPV6])}


# One comes or goes.


@pytest.mark.parametrize("address", ["10.77.1.20/24", "fd77::20/64"])
def test_an_address_that_comes_is_served_in_time_and_one_that_goes_is_dropped(
    street: Street, address: str
) -> None:
    [host] = bare([address])
    assert host not in street.listening
    assert not street.answers(host)
    with given(street, address):
        street.wait_until(lambda: street.answers(host), f"{host} to be served", IN_TIME)
        assert host in street.listening
    street.wait_until(lambda: host not in street.listening, f"{host} to be dropped", IN_TIME)
    assert "no longer listens on" in street.house.log_text()
    assert all_answer(street, *bare([*IPV4, *IPV6]))


@pytest.mark.parametrize("address", ["10.77.1.30/24", "fd77::30/64"])
def test_an_address_that_moves_to_another_host_and_back_answers_again(
    street: Street, address: str
) -> None:
    [host] = bare([address])
    give(street.indoors, address)
    street.wait_until(lambda: street.answers(host), f"{host} to be served", IN_TIME)
    for _ in range(3):
        take(street.indoors, address)
        give(street.outdoors, address)
        assert not street.answers(host)
        take(street.outdoors, address)
        give(street.indoors, address)
        street.wait_until(lambda: street.answers(host), f"{host} to be served again", IN_TIME)
    take(street.indoors, address)


def test_an_address_that_flutters_is_served_in_the_end(street: Street) -> None:
    address = "10.77.1.31/24"
    [host] = bare([address])
    with asking(street, "10.77.1.1", "fd77::1") as unanswered:
        for _ in range(20):
            give(street.indoors, address)
            take(street.indoors, address)
        with given(street, address):
            street.wait_until(lambda: street.answers(host), f"{host} to be served", IN_TIME)
    assert unanswered == []


def test_an_address_that_another_host_has_is_left_to_it(street: Street) -> None:
    address = "fd77::40/64"
    [host] = bare([address])
    give(street.outdoors, address)
    # The house looks for a duplicate, and finds one (RFC 4862 section 5.4).
    street.indoors.command("address", "add", address, "dev", CABLE)

    def has_failed() -> bool:
        return "dadfailed" in street.indoors.command("address", "show", "dev", CABLE)

    street.wait_until(has_failed, "the duplicate to be found", 10.0)
    assert host not in street.listening
    take(street.outdoors, address)  # or the street would ask as one whom the house takes for itself
    take(street.indoors, address)
    assert all_answer(street, *bare([*IPV4, *IPV6]))


# A provider gives the house another prefix.


def test_while_a_prefix_changes_each_address_answers_as_long_as_it_lives(street: Street) -> None:
    old, new = "2001:db8:a::1", "2001:db8:b::1"
    for prefix in ("a", "b"):
        give(street.outdoors, f"2001:db8:{prefix}::2/64")
    give(street.indoors, f"{old}/64")
    street.wait_until(lambda: street.answers(old), f"{old} to be served", IN_TIME)

    with asking(street, old, "fd77::1", "10.77.1.1") as unanswered:
        street.indoors.command(
            "address",
            "change",
            f"{old}/64",
            "dev",
            CABLE,
            "valid_lft",
            "forever",
            "preferred_lft",
            "0",
        )
        # With the look for a duplicate, as a host does that hears of a prefix.
        street.indoors.command("address", "add", f"{new}/64", "dev", CABLE)
        assert new not in street.listening
        street.wait_until(lambda: street.answers(new), f"{new} to be served", IN_TIME)
        assert all_answer(street, old)
    assert unanswered == []

    with asking(street, new, "fd77::1", "10.77.1.1") as unanswered:
        take(street.indoors, f"{old}/64")
        street.wait_until(lambda: old not in street.listening, f"{old} to be dropped", IN_TIME)
    assert unanswered == []
    take(street.indoors, f"{new}/64")
    for prefix in ("a", "b"):
        take(street.outdoors, f"2001:db8:{prefix}::2/64")


@pytest.mark.parametrize(
    ("client", "server", "network", "own"),
    [
        ("198.51.100.2", "10.77.1.1", "198.51.100.0/24", "198.51.100.1/24"),
        ("2001:db8:77::2", "fd77::1", "2001:db8:77::/64", "2001:db8:77::1/64"),
    ],
)
def test_whoever_is_on_a_network_of_the_house_may_ask_as_long_as_the_house_is_on_it(
    street: Street, client: str, server: str, network: str, own: str
) -> None:
    def is_allowed() -> bool:
        reply = street.dig(server, "-b", client)
        assert reply is not None
        assert reply.status in ("NOERROR", "REFUSED")
        return reply.addresses == [OPEN]

    with route(street, network):
        assert not is_allowed()
        with given(street, own):
            street.wait_until(is_allowed, f"{client} to be let in", IN_TIME)
        street.wait_until(lambda: not is_allowed(), f"{client} to be shut out", IN_TIME)


# The interface goes.


def test_when_an_interface_is_up_again_all_its_addresses_answer(street: Street) -> None:
    street.indoors.command("link", "set", CABLE, "down")  # its IPv6 addresses go (RFC 4862)
    street.wait_until(
        lambda: street.listening == {"127.0.0.1", "::1", *bare(IPV4)}, "IPv6 to be gone", IN_TIME
    )
    street.indoors.command("link", "set", CABLE, "up")
    for address in IPV6:
        street.indoors.command("address", "add", address, "dev", CABLE)
    addresses = bare([*IPV4, *IPV6])
    street.wait_until(lambda: all_answer(street, *addresses), "all to answer", IN_TIME)


@pytest.mark.parametrize("is_seen_in_between", [True, False])
def test_on_an_interface_that_is_made_anew_all_addresses_answer(
    street: Street, is_seen_in_between: bool
) -> None:
    if not is_seen_in_between:  # a link-local address then seems to be where it was
        street.house.process.send_signal(signal.SIGSTOP)
    street.indoors.command("link", "delete", CABLE)
    if is_seen_in_between:
        street.wait_until(lambda: street.listening == {"127.0.0.1", "::1"}, "the loss", IN_TIME)
    lay_cable(street.indoors, street.outdoors)
    for namespace, addresses in ((street.indoors, [*IPV4, *IPV6]), (street.outdoors, STREET)):
        for address in addresses:
            give(namespace, address)
    street.house.process.send_signal(signal.SIGCONT)
    addresses = bare([*IPV4, *IPV6])
    street.wait_until(lambda: all_answer(street, *addresses), "all to answer", IN_TIME)
