"""A host with several addresses: each answers for itself, and the filter follows as they change.

The filter and its upstream are in one network namespace, whoever asks is in another one.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.house import PROGRAM, House, config_file, directory
from tests.support.namespaces import CABLE, Namespace, cable
from tests.support.peers import Endpoint, dig, nsd, running
from tests.support.reply import Reply, read_replies

pytestmark = [pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
# Two in one network each: a wildcard socket would answer from the first of them.
IPV4 = ["10.77.1.1/24", "10.77.1.9/24"]
IPV6 = ["fd77::1/64", "fd77::9/64", "fe80::1/64"]
STREET = ["10.77.1.2/24", "fd77::2/64", "fe80::2/64", "198.51.100.2/24", "2001:db8:77::2/64"]
IN_TIME = 5.0  # seconds

CONFIG = """\
timezone: Europe/Berlin
listen: {dns: ["0.0.0.0:53", "[::]:53"]}
allow_clients: [local]
policies: {child: {block: [gambling]}}
people:
  mia: {policy: child, devices: [{name: phone, ip: [10.77.1.2, "fd77::2"]}]}
"""


class Scene:
    """The filter's house, and the street from where it is asked."""

    def __init__(self, house: House, indoors: Namespace, street: Namespace) -> None:
        self.house = house
        self._indoors = indoors
        self._street = street

    def dig(self, address: str, *options: str, name: str = "www.library.example") -> Reply | None:
        """Return what dig is told in the street by *address*; None where nobody answers there.

        dig takes an answer from no other address than the one that it has asked.
        """
        host = f"{address}%{CABLE}" if address.startswith("fe80:") else address
        with self._street.inside():
            said = dig(Endpoint(host, 53), "+tries=1", "+timeout=1", *options, name)
        replies = read_replies(said)
        return replies[0] if replies else None

    def answers(self, address: str) -> bool:
        """Whether *address* answers with what is upstream, over UDP and TCP."""
        replies = [self.dig(address, transport) for transport in ("+notcp", "+tcp")]
        return all(reply is not None and reply.addresses == [OPEN] for reply in replies)

    @property
    def listening(self) -> set[str]:
        """The addresses on which the filter says that it listens."""
        return {each["host"].partition("%")[0] for each in self.house.status()["listening"]}

    @contextmanager
    def address(self, address: str) -> Iterator[None]:
        """Give the house one more address for the block."""
        self._indoors.command("address", "add", address, "dev", CABLE)
        try:
            yield
        finally:
            self._indoors.command("address", "delete", address, "dev", CABLE)

    @contextmanager
    def route(self, network: str) -> Iterator[None]:
        """Let the house know the way to a network that it has no address in, for the block."""
        self._indoors.command("route", "add", network, "dev", CABLE, "metric", "2000")
        try:
            yield
        finally:
            self._indoors.command("route", "delete", network, "dev", CABLE, "metric", "2000")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("addresses")
    with ExitStack() as stack:
        indoors, street = stack.enter_context(cable())
        for namespace, addresses in ((indoors, [*IPV4, *IPV6]), (street, STREET)):
            for address in addresses:
                # Nobody else is on the cable, so no duplicate is looked for.
                options = ("nodad",) if ":" in address else ()
                namespace.command("address", "add", address, "dev", CABLE, *options)
        server = Endpoint(bare(IPV4)[0], 53)
        config_file(folder).write_text(CONFIG)
        command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
        command += ["--dir", directory(folder), "--upstream"]
        with indoors.inside():
            zones = {"library.example": f"www A {OPEN}"}
            upstream = stack.enter_context(nsd(folder / "nsd", zones))
            started = running([*command, str(upstream)], server, folder / "filterdns.log")
            process = stack.enter_context(started)
        yield Scene(House(process, server, server, folder), indoors, street)


def bare(addresses: list[str]) -> list[str]:
    """*addresses* without the lengths of their networks."""
    return [address.partition("/")[0] for address in addresses]


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize("address", bare(IPV4 + IPV6))
def test_whoever_asks_an_address_hears_from_that_address(
    scene: Scene, address: str, transport: str
) -> None:
    reply = scene.dig(address, transport)
    assert reply is not None
    assert reply.addresses == [OPEN]
    assert re.search(rf"^;; SERVER: {re.escape(address)}(%\w+)?#53", reply.text, re.MULTILINE)
    blocked = scene.dig(address, transport, name="www.bet365.com")
    assert blocked is not None
    assert blocked.reason == "Blocked: gambling"


def test_the_filter_says_on_which_addresses_it_listens(scene: Scene) -> None:
    assert scene.listening == {"127.0.0.1", "::1", *bare(IPV4 + IPV6)}


@pytest.mark.parametrize("address", ["10.77.1.20/24", "fd77::20/64"])
def test_an_address_that_comes_is_served_in_time_and_one_that_goes_is_dropped(
    scene: Scene, address: str
) -> None:
    [host] = bare([address])
    assert host not in scene.listening
    assert not scene.answers(host)
    with scene.address(address):
        scene.house.wait_until(lambda: scene.answers(host), f"{host} to be served", IN_TIME)
        assert host in scene.listening
    scene.house.wait_until(lambda: host not in scene.listening, f"{host} to be dropped", IN_TIME)
    assert "no longer listens on" in scene.house.log_text()
    assert all(scene.answers(other) for other in bare(IPV4 + IPV6))


@pytest.mark.parametrize(
    ("client", "server", "network", "own"),
    [
        ("198.51.100.2", "10.77.1.1", "198.51.100.0/24", "198.51.100.1/24"),
        ("2001:db8:77::2", "fd77::1", "2001:db8:77::/64", "2001:db8:77::1/64"),
    ],
)
def test_whoever_is_on_a_network_of_the_house_may_ask_as_long_as_the_house_is_on_it(
    scene: Scene, client: str, server: str, network: str, own: str
) -> None:
    def is_allowed() -> bool:
        reply = scene.dig(server, "-b", client)
        assert reply is not None
        assert reply.status in ("NOERROR", "REFUSED")
        return reply.addresses == [OPEN]

    with scene.route(network):
        assert not is_allowed()
        with scene.address(own):
            scene.house.wait_until(is_allowed, f"{client} to be let in", IN_TIME)
        scene.house.wait_until(lambda: not is_allowed(), f"{client} to be shut out", IN_TIME)
