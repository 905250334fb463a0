"""The filter in the house of a `lan`, whose clients ask it: real cards, real neighbours.

    with open_home(folder, CONFIG, "mia", "ben") as home:
        home.clients["mia"].set_mac(MIA)
        home.clients["mia"].give("10.77.1.20/24")
        assert home.ask("mia", "casino.example").is_blocked

Its upstream is in the same namespace. Needs root.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.support.house import PROGRAM, House, config_file, directory
from tests.support.lan import Client, lan
from tests.support.namespaces import CABLE, Namespace
from tests.support.peers import Endpoint, dig, nsd, running
from tests.support.reply import Reply, read_reply

OPEN: Final = "192.0.2.99"
SERVER: Final = "10.77.1.1"
SERVERS: Final = {"ipv4": SERVER, "ipv6": "fd77::1", "link-local": f"fe80::1%{CABLE}"}
ZONES: Final = {"library.example": f"@ A {OPEN}\nwww A {OPEN}"}


class Home:
    """The filter's *house*, the namespace that it is in, and its clients by name."""

    def __init__(self, house: House, indoors: Namespace, clients: Mapping[str, Client]) -> None:
        self.house = house
        self.indoors = indoors
        self.clients = clients

    def ask(
        self, client: str, name: str = "www.library.example", *options: str, server: str = SERVER
    ) -> Reply:
        """Return what dig is told at the *client*."""
        with self.clients[client].inside():
            said = dig(Endpoint(server, 53), "+tries=1", "+timeout=5", *options, name, "A")
        return read_reply(said)


@contextmanager
def open_home(
    folder: Path, config: str, *clients: str, zones: Mapping[str, str] = ZONES
) -> Iterator[Home]:
    """Run the filter with *config* in the house of a lan with *clients* until the block ends.

    Upstream are *zones*.
    """
    with ExitStack() as stack:
        indoors, ends = stack.enter_context(lan(*clients))
        server = Endpoint(SERVER, 53)
        config_file(folder).write_text(config)
        command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
        command += ["--dir", directory(folder), "--upstream"]
        with indoors.inside():
            upstream = stack.enter_context(nsd(folder / "nsd", zones))
            started = running([*command, str(upstream)], server, folder / "filterdns.log")
            process = stack.enter_context(started)
        yield Home(House(process, server, server, folder), indoors, ends)
