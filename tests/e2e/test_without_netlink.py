"""A host whose kernel tells no addresses: one wildcard socket, and each address answers for itself.

The filter runs under a filter of system calls that refuses netlink sockets, as a systemd unit
without AF_NETLINK and some containers do.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import without_netlink
from tests.support.street import IPV4, IPV6, OPEN, Street, bare, give, open_street, take

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

LAUNCHER = (sys.executable, Path(without_netlink.__file__))


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("without-netlink"), LAUNCHER) as street:
        yield street


def test_the_wildcards_themselves_are_listened_on(street: Street) -> None:
    assert street.listening == {"0.0.0.0", "::"}


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("address", bare([*IPV4, *IPV6]))
def test_whoever_asks_an_address_hears_from_that_address(
    street: Street, address: str, transport: str
) -> None:
    for _ in range(3):  # from upstream, from the cache, from the memo
        reply = street.dig(address, transport, "+nocookie")
        assert reply is not None
        assert reply.addresses == [OPEN]
        blocked = street.dig(address, transport, "+nocookie", name="www.bet365.com")
        assert blocked is not None
        assert blocked.reason == "Blocked: gambling"


@pytest.mark.parametrize("address", ["10.77.1.20/24", "fd77::20/64"])
def test_an_address_that_comes_answers_at_once(street: Street, address: str) -> None:
    [host] = bare([address])
    give(street.indoors, address)
    assert street.answers(host)
    take(street.indoors, address)
    assert not street.answers(host)


def test_whoever_is_on_a_network_of_the_house_may_ask(street: Street) -> None:
    """Looked for every few seconds, for nobody tells."""
    server, client, own = "fd77::1", "2001:db8:77::2", "2001:db8:77::1/64"

    def is_allowed() -> bool:
        reply = street.dig(server, "-b", client)
        return reply is not None and reply.addresses == [OPEN]

    give(street.indoors, own)
    street.wait_until(is_allowed, f"{client} to be let in", 10.0)
    take(street.indoors, own)
