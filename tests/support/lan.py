"""The network of a house: a switch with a cable to each client, in namespaces of their own.

    with lan("mia", "ben") as home:
        home.clients["mia"].set_mac("02:00:00:00:00:01")
        home.clients["mia"].command("address", "add", "10.77.1.20/24", "dev", CABLE)
        with home.house.inside():
            … the house has 10.77.1.1 and fd77::1 on the interface SWITCH …

What is sent between them are real frames, so the kernel of the house learns its neighbours from
real ARP and NDP. Needs root, as `namespaces` does.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.namespaces import CABLE, Namespace, namespaces

SWITCH: Final = "lan0"
HOUSE: Final = ("10.77.1.1/24", "fd77::1/64", "fe80::1/64")
DISCARD_PORT: Final = 9


class Client(Namespace):
    """A machine on the switch; its cable is up, and has no address yet."""

    def set_mac(self, mac: str) -> None:
        """Be another network card from now on; the addresses stay, those of IPv6 as well."""
        self.command("link", "set", CABLE, "address", mac)

    def give(self, address: str) -> None:
        """Add *address* (with its prefix length) without looking for a duplicate."""
        nodad = ["nodad"] if ":" in address else []
        self.command("address", "add", address, "dev", CABLE, *nodad)

    def take(self, address: str) -> None:
        """Remove *address* (with its prefix length)."""
        self.command("address", "delete", address, "dev", CABLE)

    def speak(self, to: str = "10.77.1.1", source: str = "") -> None:
        """Send a datagram, as a device that asks does; it may come from the address *source*."""
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        with self.inside(), socket.socket(family, socket.SOCK_DGRAM) as talk:
            if source:
                talk.bind((source, 0))
            link = to.partition("%")[2]
            scope = (0, socket.if_nametoindex(link)) if link else ()
            talk.sendto(b"?", (to.partition("%")[0], DISCARD_PORT, *scope))


class Lan(NamedTuple):
    """The house, which the switch belongs to, and its clients by name."""

    house: Namespace
    clients: Mapping[str, Client]


@contextmanager
def lan(*names: str) -> Iterator[Lan]:
    """Give a house with a client for each of *names*."""
    with namespaces("house", *names) as (house, *ends):
        house.command("link", "add", SWITCH, "type", "bridge")
        house.command("link", "set", SWITCH, "addrgenmode", "none", "up")
        clients = {}
        for number, (name, end) in enumerate(zip(names, ends, strict=True)):
            clients[name] = Client(end.name)
            plug_in(house, clients[name], f"port{number}")
        for address in HOUSE:
            nodad = ["nodad"] if ":" in address else []
            house.command("address", "add", address, "dev", SWITCH, *nodad)
        yield Lan(house, clients)


@contextmanager
def behind(router: Client, *names: str) -> Iterator[Mapping[str, Client]]:
    """Give *router* a switch of its own, with a client for each of *names*; it forwards IPv4."""
    with namespaces(*names) as ends:
        router.command("link", "add", SWITCH, "type", "bridge")
        router.command("link", "set", SWITCH, "addrgenmode", "none", "up")
        with router.inside():
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        clients = {name: Client(end.name) for name, end in zip(names, ends, strict=True)}
        for number, client in enumerate(clients.values()):
            plug_in(router, client, f"port{number}")
        yield clients


def plug_in(house: Namespace, client: Namespace, port: str) -> None:
    """Lay a cable from *port* of the switch to the interface CABLE of *client*."""
    peer = ("peer", "name", CABLE, "netns", client.name)
    house.command("link", "add", port, "type", "veth", *peer)
    house.command("link", "set", port, "master", SWITCH, "addrgenmode", "none", "up")
    client.command("link", "set", CABLE, "addrgenmode", "none", "up")
