"""Who a device is, by its network card: in a house with a switch, over IPv4 and IPv6."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.home import OPEN, SERVERS, Home, open_home
from tests.support.house import config_file, descendants
from tests.support.namespaces import CABLE
from tests.support.peers import Endpoint, need, running

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

MIA, PARENT, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02", "3c:22:fb:00:00:03"
CLIENTS = ("mia", "parent", "guest", "router")
PATIENTLY = ("+tries=15", "+timeout=1")  # an address that changes hands is asked for again in 5 s
NAME = "www.library.example"
ROUTER = "10.77.1.30"
CONFIG = f"""\
timezone: Europe/Berlin
trusted_forwarders: [{ROUTER}]
listen: {{dns: ["0.0.0.0:53", "[::]:53"]}}
policies:
  child: {{block: [library.example]}}
  adults: {{}}
people:
  mia:     {{policy: child, devices: [{{name: tablet, mac: "3C-22-FB-00-00-01"}}]}}
  parents: {{policy: adults, devices: [{{name: laptop, mac: "{PARENT}"}}]}}
"""
PINNED = CONFIG.replace("laptop,", 'laptop, ip: [10.77.1.50, "fd77::50"],')


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with open_home(tmp_path_factory.mktemp("identity"), CONFIG, *CLIENTS) as home:
        for client, mac in (("mia", MIA), ("parent", PARENT), ("guest", OTHER)):
            home.clients[client].set_mac(mac)
        for number, client in enumerate(("mia", "parent", "guest"), start=20):
            home.clients[client].give(f"10.77.1.{number}/24")
            home.clients[client].give(f"fd77::{number}/64")
            home.clients[client].give(f"fe80::{number}/64")
        home.clients["router"].give(f"{ROUTER}/24")
        yield home
        assert "Traceback" not in home.house.log_text()


def ask_around_anew(home: Home, client: str) -> None:
    """Let the *client* ask for the house's MAC again, and be seen by it, as a new address does."""
    home.clients[client].command("neighbour", "flush", "dev", CABLE)


def becomes_open(home: Home, client: str, server: str, *options: str) -> None:
    """Wait until the binding has come: the first answers are the strictest."""
    home.house.wait_until(
        lambda: home.ask(client, NAME, *PATIENTLY, *options, server=server).addresses == [OPEN],
        f"{client} to be known at {server}",
    )


@pytest.mark.parametrize("server", SERVERS.values(), ids=list(SERVERS))
def test_a_device_is_known_by_its_card_whatever_address_it_has(home: Home, server: str) -> None:
    becomes_open(home, "parent", server)
    for _ in range(5):
        assert home.ask("parent", NAME, server=server).addresses == [OPEN]
        assert home.ask("parent", NAME, "+tcp", server=server).addresses == [OPEN]
        assert home.ask("mia", NAME, server=server).is_blocked
        assert home.ask("guest", NAME, server=server).is_blocked


def test_privacy_addresses_follow_the_device(home: Home) -> None:
    for address in ("fd77::aaaa:1", "fd77::aaaa:2", "fd77::aaaa:3"):
        home.clients["parent"].give(f"{address}/64")
        first = home.ask("parent", NAME, "-b", address, server="fd77::1")
        assert first.addresses == [OPEN] or first.ttl <= 5
        becomes_open(home, "parent", "fd77::1", "-b", address)


def test_an_address_goes_to_whoever_has_it_now(home: Home) -> None:
    """The child takes the address of the parent, and stays a child: from the first answer on."""
    becomes_open(home, "parent", SERVERS["ipv4"])
    home.clients["parent"].take("10.77.1.21/24")
    home.clients["mia"].give("10.77.1.21/24")
    ask_around_anew(home, "mia")
    try:
        said = ("-b", "10.77.1.21")
        home.house.wait_until(
            lambda: home.ask("mia", NAME, *said).is_blocked, "the child to be seen behind it"
        )
        for _ in range(5):
            assert home.ask("mia", NAME, *said).is_blocked
    finally:
        home.clients["mia"].take("10.77.1.21/24")
        home.clients["parent"].give("10.77.1.21/24")
        ask_around_anew(home, "parent")


def test_explain_says_who_is_behind_an_address(home: Home) -> None:
    becomes_open(home, "parent", SERVERS["ipv6"])
    said = home.house.control.get("/api/explain", who="fd77::21", name=NAME)
    assert (said["person"], said["device"], said["verdict"]) == ("parents", "laptop", "allowed")
    said = home.house.control.get("/api/explain", who=MIA, name=NAME)
    assert (said["person"], said["verdict"]) == ("mia", "blocked")


def test_an_address_that_is_pinned_counts_with_its_card_alone(home: Home) -> None:
    config_file(home.house.folder).write_text(PINNED)
    assert home.house.reload().code == 0
    try:
        home.clients["guest"].give("10.77.1.50/24")
        for _ in range(5):
            assert home.ask("guest", NAME, "-b", "10.77.1.50").is_blocked
        home.clients["guest"].take("10.77.1.50/24")
        home.clients["parent"].give("10.77.1.50/24")
        home.house.wait_until(
            lambda: home.ask("parent", NAME, "-b", "10.77.1.50").addresses == [OPEN],
            "the card that it is pinned to",
        )
    finally:
        home.clients["parent"].take("10.77.1.50/24")
        config_file(home.house.folder).write_text(CONFIG)
        assert home.house.reload().code == 0


def test_a_worker_that_is_born_while_control_is_dead_knows_who_is_who(home: Home) -> None:
    becomes_open(home, "parent", SERVERS["ipv4"])
    home.house.wait_until(
        lambda: PARENT in (home.house.folder / "files/run/bindings").read_text(), "the file"
    )
    status = home.house.status()
    control, worker = status["control"]["pid"], status["workers"][0]["pid"]
    os.kill(control, signal.SIGSTOP)  # it is not there, and nobody starts another one yet
    try:
        os.kill(worker, signal.SIGKILL)
        answers = [home.ask("parent", NAME, *PATIENTLY) for _ in range(10)]
        assert [each.addresses for each in answers] == [[OPEN]] * 10
        assert home.ask("mia", NAME).is_blocked
        assert worker not in descendants(home.house.process.pid)
    finally:
        os.kill(control, signal.SIGKILL)
    home.house.wait_until(
        lambda: home.house.status()["control"]["pid"] != control, "another control process"
    )
    assert home.ask("parent", NAME).addresses == [OPEN]
    assert not re.search("bindings cannot be", home.house.log_text())


@contextmanager
def forwarding(home: Home, folder: Path, *options: str) -> Iterator[None]:
    """Let dnsmasq on the router ask the filter for all, until the block ends."""
    command = [need("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"]
    command += [f"--server={SERVERS['ipv4']}", f"--listen-address={ROUTER}", "--bind-interfaces"]
    command += ["--no-hosts", "--cache-size=0", "--pid-file=", "--user=root", *options]
    with (
        home.clients["router"].inside(),
        running(command, Endpoint(ROUTER, 53), folder / "dnsmasq.log"),
    ):
        yield


@pytest.mark.peer("dnsmasq")
@pytest.mark.parametrize("option", ["--add-mac", "--add-mac=base64", "--add-mac=text"])
def test_a_router_that_marks_its_questions_names_each_device(
    home: Home, tmp_path: Path, option: str
) -> None:
    with forwarding(home, tmp_path, option):
        for options in ((), ("+tcp",), ()):
            assert home.ask("parent", NAME, *options, server=ROUTER).addresses == [OPEN]
            assert home.ask("mia", NAME, *options, server=ROUTER).addresses != [OPEN]
            assert home.ask("guest", NAME, *options, server=ROUTER).addresses != [OPEN]


@pytest.mark.peer("dnsmasq")
@pytest.mark.parametrize("option", ["--add-mac", "--add-mac=base64", "--add-mac=text"])
@pytest.mark.parametrize(
    "lie", [f"65001:{PARENT.replace(':', '')}", f"65073:{PARENT.encode().hex()}"]
)
def test_a_device_that_calls_itself_another_is_itself_behind_a_router_that_strips(
    home: Home, tmp_path: Path, option: str, lie: str
) -> None:
    with forwarding(home, tmp_path, option, "--strip-mac"):
        assert home.ask("parent", NAME, server=ROUTER).addresses == [OPEN]
        assert home.ask("mia", NAME, f"+ednsopt={lie}", server=ROUTER).addresses != [OPEN]


def test_a_device_that_asks_itself_cannot_call_itself_another(home: Home) -> None:
    becomes_open(home, "parent", SERVERS["ipv4"])
    for lie in (f"65001:{PARENT.replace(':', '')}", f"65073:{PARENT.encode().hex()}"):
        for options in ((), ("+tcp",)):
            assert home.ask("mia", NAME, f"+ednsopt={lie}", *options).is_blocked


@pytest.mark.peer("dnsmasq")
def test_behind_a_router_that_marks_nothing_the_strictest_holds(home: Home, tmp_path: Path) -> None:
    with forwarding(home, tmp_path):
        for client in ("parent", "mia"):
            assert home.ask(client, NAME, server=ROUTER).addresses != [OPEN]
    becomes_open(home, "parent", SERVERS["ipv4"])
