"""A house with the filter in one network namespace, and the street that asks it in another one.

    with open_street(folder) as street:
        street.indoors.command("address", "add", "10.77.1.20/24", "dev", CABLE)
        assert street.answers("10.77.1.20")

The filter listens on the wildcards, and its upstream is in its own namespace. Needs root.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.support.house import PROGRAM, House, config_file, directory
from tests.support.namespaces import CABLE, Namespace, cable
from tests.support.peers import Endpoint, dig, nsd, running
from tests.support.reply import Reply, read_replies

OPEN: Final = "192.0.2.99"
# Two in one network each: a wildcard socket would answer from the first of them.
IPV4: Final = ("10.77.1.1/24", "10.77.1.9/24")
IPV6: Final = ("fd77::1/64", "fd77::9/64", "fe80::1/64")
STREET: Final = (
    "10.77.1.2/24",
    "fd77::2/64",
    "fe80::2/64",
    "198.51.100.2/24",
    "2001:db8:77::2/64",
)
CONFIG: Final = """\
timezone: Europe/Berlin
allow_clients: [local]
policies: {child: {block: [gambling]}}
people:
  mia: {policy: child, devices: [{name: phone, ip: [10.77.1.2, "fd77::2"]}]}
"""


class Street:
    """The filter's *house*, the namespace that it is in, and the one from where it is asked."""

    def __init__(self, house: House, indoors: Namespace, outdoors: Namespace) -> None:
        self.house = house
        self.indoors = indoors
        self.outdoors = outdoors

    def dig(self, address: str, *options: str, name: str = "www.library.example") -> Reply | None:
        """Return what dig is told in the street by *address*; None where nobody answers there.

        dig takes an answer from no other address than the one that it has asked.
        """
        host = f"{address}%{CABLE}" if address.startswith("fe80:") else address
        with self.outdoors.inside():
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

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Look until *holds* does, for *seconds* at most."""
        self.house.wait_until(holds, what, seconds)


@contextmanager
def open_street(
    folder: Path,
    launcher: Sequence[str | Path] = (),
    listen: Sequence[str] = ("0.0.0.0:53", "[::]:53"),
) -> Iterator[Street]:
    """Run the filter in a house on a street until the block ends; *launcher* starts it, if given.

    It answers at all addresses of `IPV4` and `IPV6`, if *listen* covers them, for the clients of
    `STREET`.
    """
    with ExitStack() as stack:
        indoors, outdoors = stack.enter_context(cable())
        for namespace, addresses in ((indoors, [*IPV4, *IPV6]), (outdoors, STREET)):
            for address in addresses:
                give(namespace, address)
        server = Endpoint(bare(IPV4)[0], 53)
        config_file(folder).write_text(f"listen: {{dns: {json.dumps(listen)}}}\n{CONFIG}")
        command: list[str | Path] = [*launcher, PROGRAM, "serve", "--config", config_file(folder)]
        command += ["--dir", directory(folder), "--upstream"]
        with indoors.inside():
            zones = {"library.example": f"www A {OPEN}"}
            upstream = stack.enter_context(nsd(folder / "nsd", zones))
            started = running([*command, str(upstream)], server, folder / "filterdns.log")
            process = stack.enter_context(started)
        yield Street(House(process, server, server, folder), indoors, outdoors)


def give(namespace: Namespace, address: str) -> None:
    """Give *address* to the cable's end in *namespace*, without a look for duplicates."""
    options = ("nodad",) if ":" in address else ()
    namespace.command("address", "add", address, "dev", CABLE, *options)


def take(namespace: Namespace, address: str) -> None:
    """Take *address* away from the cable's end in *namespace*."""
    namespace.command("address", "delete", address, "dev", CABLE)


def bare(addresses: Sequence[str]) -> list[str]:
    """Return *addresses* without the lengths of their networks."""
    return [address.partition("/")[0] for address in addresses]
