"""Sockets that the service manager has bound, to all addresses at once: each answers for itself."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import passing_sockets
from tests.support.street import IPV4, IPV6, OPEN, Street, bare, open_street

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

LAUNCHER = (sys.executable, Path(passing_sockets.__file__))


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("passed"), LAUNCHER, ["[::]:53"]) as street:
        yield street


def test_they_are_taken_as_they_are(street: Street) -> None:
    assert street.listening == {"::"}
    assert "cannot listen" not in street.house.log_text()


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("address", bare([*IPV4, *IPV6]))
def test_whoever_asks_an_address_hears_from_that_address(
    street: Street, address: str, transport: str
) -> None:
    for _ in range(3):  # from upstream, from the cache, from the memo
        reply = street.dig(address, transport, "+nocookie")
        assert reply is not None
        assert reply.addresses == [OPEN]


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("server", ["10.77.1.9", "fd77::9"])
def test_a_device_is_known_by_its_address_of_either_family(
    street: Street, server: str, transport: str
) -> None:
    client = "10.77.1.2" if "." in server else "fd77::2"
    reply = street.dig(server, transport, "-b", client, name="www.bet365.com")
    assert reply is not None
    assert reply.reason == "Blocked: gambling"
    assert {(row["person"], row["device"]) for row in street.house.log_rows()} == {("mia", "phone")}
