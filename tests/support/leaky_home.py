"""A home behind a router, and the internet before it, each in a network namespace of its own.

    client ── [bridge] ── lan0 router wan0 ── internet
                               dmz0
                                └── filter

The filter has a cable of its own to the router, or is beside the client on the switch `lan0`. The
router answers DNS at its own addresses, as routers do, by asking somebody in the internet. There is
a resolver that answers over everything.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.support.certificates import make_certificate
from tests.support.command import Outcome, filterdns
from tests.support.house import PROGRAM, House, config_file, directory
from tests.support.namespaces import Namespace, connect, namespaces
from tests.support.peers import Endpoint, dig, need, running
from tests.support.public_resolver import public_resolver
from tests.support.quic_responder import quic_responder
from tests.support.reply import Reply, read_reply

FILTER: Final = ("10.80.1.2", "fd80:1::2")
FILTER_IN_LAN: Final = ("10.80.0.2", "fd80::2")
BRIDGE_PORT: Final = "port0"  # the one to the client
ROUTER: Final = ("10.80.0.1", "fd80::1", "fe80::1")
PUBLIC: Final = ("203.0.113.53", "2001:db8:53::53")
# Others speak QUIC, since unbound holds the UDP ports of its TLS and HTTPS, too.
PUBLIC_QUIC: Final = ("203.0.113.54", "2001:db8:53::54")
OUTSIDE: Final = (*PUBLIC, *PUBLIC_QUIC)
UPSTREAM: Final = "203.0.113.10"
SITE: Final = "203.0.113.80"

ADDRESSES: Final = {
    "example.com": [SITE, "2001:db8:53::80"],
    "www.bet365.com": [SITE],
    "dns.google": ["203.0.113.90"],
    "nordvpn.com": ["203.0.113.91"],
    "croxyproxy.com": ["203.0.113.92"],
    "use-application-dns.net": ["203.0.113.93"],
    "mask.icloud.com": ["203.0.113.94", "2001:db8:53::94"],
    "www.google.com": ["203.0.113.95"],
    "forcesafesearch.google.com": ["203.0.113.96"],
}
TARGETS: Final = f"""\
neutral example.com
resolver {PUBLIC[0]}
resolver {PUBLIC[1]}
tls {PUBLIC[0]} resolver.example
tls {PUBLIC[1]}
quic {PUBLIC_QUIC[0]}
quic {PUBLIC_QUIC[1]}
https {PUBLIC[0]} resolver.example
https {PUBLIC[1]} resolver.example /dns-query
https {PUBLIC_QUIC[0]}
https {PUBLIC_QUIC[1]}
doh dns.google
vpn nordvpn.com
proxy croxyproxy.com
firefox use-application-dns.net
private-relay mask.icloud.com
safe-search www.google.com forcesafesearch.google.com
"""
# Two servers beside the filter, as a router announces them that was only half set up. Its own DHCP
# and router advertisements name them, too.
RESOLV_CONF: Final = """\
nameserver {}
nameserver {}
nameserver {}
"""
OPEN_CONFIG: Final = "policies: {child: {block: [gambling]}}\n"
CLOSED_CONFIG: Final = """\
policies:
  child:
    block: [gambling]
    bypass: {doh: block, vpn: block, proxy: block, private-relay: block}
    safe_search: {search: strict}
"""
_HEAD: Final = """\
listen: {dns: ["0.0.0.0:53", "[::]:53"]}
timezone: Europe/Berlin
people: {mia: {policy: child, devices: [{name: phone, ip: 10.80.0.7}]}}
"""


class Rooms(NamedTuple):
    """The namespaces; the *bridge* may have nothing to do."""

    client: Namespace
    bridge: Namespace
    router: Namespace
    filter: Namespace
    internet: Namespace


class LeakyHome:
    """The *house* of the filter at its *addresses*, and the *rooms*; the client looks at it all."""

    def __init__(
        self, house: House, rooms: Rooms, addresses: tuple[str, str], folder: Path
    ) -> None:
        self.house = house
        self.rooms = rooms
        self.addresses = addresses
        self._folder = folder

    def doctor(self, *arguments: str) -> Outcome:
        """Run `filterdns doctor` on the client's machine."""
        files = ("--targets", self._folder / "targets", "--resolv-conf", self._folder / "resolv")
        with self.rooms.client.inside():
            return filterdns("doctor", *arguments, *files, seconds=100)

    def examine(self, interface: str = "lan0") -> dict[str, Any]:
        """Return what the doctor finds, as JSON; its lines are for *interface*."""
        servers = [word for address in self.addresses for word in ("--server", address)]
        said = self.doctor(*servers, "--interface", interface, "--patience", "5", "--json")
        assert said.out, said.err
        found: dict[str, Any] = json.loads(said.out)
        return found | {"code": said.code}

    def lines(self) -> str:
        """Return what the command that prints lines of nftables has for this home's router."""
        servers = [word for address in self.addresses for word in ("--server", address)]
        said = self.doctor("--firewall", "nftables", *servers, "--interface", "lan0")
        assert said.code == 0, said.err
        return said.out

    def load(self, lines: str) -> None:
        """Let the router go by *lines* of nftables."""
        load_into(self.rooms.router, lines)

    def dig(self, server: str, name: str, *options: str) -> Reply:
        """Return what the client is told by *server*."""
        with self.rooms.client.inside():
            return read_reply(dig(Endpoint(server, 53), "+tries=2", *options, name))

    def configure(self, policies: str) -> None:
        """Put *policies* in force."""
        config_file(self.house.folder).write_text(_HEAD + policies)
        said = self.house.reload()
        assert said.code == 0, said.stderr


@contextmanager
def open_leaky_home(
    folder: Path,
    *,
    is_bridged: bool = False,
    is_filter_in_lan: bool = False,
    is_filter_on_router: bool = False,
) -> Iterator[LeakyHome]:
    """Let all of it run until the block ends, with every way round open.

    A router that is the filter answers no DNS beside it, and the cable for another one hangs loose.
    """
    with ExitStack() as stack:
        rooms = Rooms(*stack.enter_context(namespaces(*Rooms._fields)))
        addresses = FILTER_IN_LAN if is_filter_in_lan else FILTER
        _lay_cables(rooms, is_bridged, is_filter_in_lan)
        _give_addresses(rooms, addresses)
        if is_filter_on_router:
            rooms, addresses = rooms._replace(filter=rooms.router), ROUTER[:2]
        certificate = make_certificate(folder / "tls", "DNS:resolver.example")
        ports = (53, 853, 443)
        endpoints = [Endpoint(UPSTREAM, 53)]
        endpoints += [Endpoint(host, port) for host in PUBLIC for port in ports]
        with rooms.internet.inside():
            stack.enter_context(
                public_resolver(folder / "public", endpoints, certificate, ADDRESSES)
            )
            quic = [(host, port) for host in PUBLIC_QUIC for port in (853, 443)]
            stack.enter_context(quic_responder(quic))
        if not is_filter_on_router:
            stack.enter_context(_dns_of_router(rooms.router, addresses[0], folder))
        (folder / "targets").write_text(TARGETS)
        (folder / "resolv").write_text(RESOLV_CONF.format(addresses[0], *PUBLIC))
        config_file(folder).write_text(_HEAD + OPEN_CONFIG)
        server = Endpoint(addresses[0], 53)
        serve: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
        serve += ["--dir", directory(folder), "--upstream", UPSTREAM]
        with rooms.filter.inside():
            process = stack.enter_context(running(serve, server, folder / "filterdns.log"))
        yield LeakyHome(House(process, server, server, folder), rooms, addresses, folder)


@contextmanager
def _dns_of_router(router: Namespace, handed_out: str, folder: Path) -> Iterator[None]:
    """Let the router answer DNS, and tell new devices of *handed_out* and of public resolvers."""
    command = [need("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root"]
    command += ["--pid-file=", "--no-resolv", "--no-hosts", f"--server={UPSTREAM}"]
    command += ["--interface=lan0", "--bind-dynamic", "--enable-ra", "--leasefile-ro"]
    command += ["--dhcp-range=10.80.0.100,10.80.0.120", "--dhcp-range=fd80::,ra-stateless"]
    command += [f"--dhcp-option=6,{handed_out},{PUBLIC[0]}"]
    command += [f"--dhcp-option=option6:dns-server,[{PUBLIC[1]}]"]
    ready = Endpoint(ROUTER[0], 53)
    with ExitStack() as stack:
        with router.inside():
            stack.enter_context(running(command, ready, folder / "dnsmasq.log"))
        yield


def load_into(namespace: Namespace, lines: str) -> None:
    """Let *namespace* go by *lines* of nftables."""
    with namespace.inside():
        subprocess.run([need("nft"), "-f", "-"], input=lines, text=True, check=True)


def _lay_cables(rooms: Rooms, is_bridged: bool, is_filter_in_lan: bool) -> None:
    client, bridge, router, filter_, internet = rooms
    connect(internet, "eth0", router, "wan0")
    _make_switch(router, "lan0")
    if is_bridged:
        connect(client, "eth0", bridge, BRIDGE_PORT)
        connect(bridge, "port1", router, "port0")
        _make_switch(bridge, "switch0", BRIDGE_PORT, "port1")
    else:
        connect(client, "eth0", router, "port0")
    _plug_in(router, "lan0", "port0")
    if is_filter_in_lan:
        connect(filter_, "eth0", router, "port1")
        _plug_in(router, "lan0", "port1")
    else:
        connect(filter_, "eth0", router, "dmz0")


def _make_switch(namespace: Namespace, name: str, *ports: str) -> None:
    """Make a switch as routers have it: what stays on it is no business of the firewall's."""
    with namespace.inside():
        for switch in _BRIDGE_SWITCHES:
            if switch.exists():  # the kernel may have no such thing, which is the same
                switch.write_text("0")
    namespace.command("link", "add", name, "type", "bridge")
    namespace.command("link", "set", name, "addrgenmode", "none", "up")
    for port in ports:
        _plug_in(namespace, name, port)


_BRIDGE_SWITCHES: Final = tuple(
    Path("/proc/sys/net/bridge", name)
    for name in ("bridge-nf-call-iptables", "bridge-nf-call-ip6tables")
)


def _plug_in(namespace: Namespace, switch: str, port: str) -> None:
    namespace.command("link", "set", port, "master", switch)


def _give_addresses(rooms: Rooms, filters: tuple[str, str]) -> None:
    client, _, router, filter_, internet = rooms
    _give(router, "lan0", "10.80.0.1/24", "fd80::1/64", "fe80::1/64")
    _give(router, "wan0", "203.0.113.1/24", "2001:db8:53::1/64", "fe80::1/64")
    _give(client, "eth0", "10.80.0.7/24", "fd80::7/64", "fe80::7/64")
    _give(internet, "eth0", f"{UPSTREAM}/24", "fe80::2/64")
    _give(internet, "eth0", *(f"{host}/{64 if ':' in host else 24}" for host in OUTSIDE))
    _give(filter_, "eth0", f"{filters[0]}/24", f"{filters[1]}/64", "fe80::2/64")
    if filters == FILTER:
        _give(router, "dmz0", "10.80.1.1/24", "fd80:1::1/64", "fe80::1/64")
    for inner, ipv4 in (
        (client, "10.80.0.1"),
        (filter_, "10.80.1.1" if filters == FILTER else "10.80.0.1"),
        (internet, "203.0.113.1"),
    ):
        inner.command("route", "add", "default", "via", ipv4)
        inner.command("-6", "route", "add", "default", "via", "fe80::1", "dev", "eth0")
    with router.inside():
        for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            Path("/proc/sys/net", switch).write_text("1")


def _give(namespace: Namespace, interface: str, *addresses: str) -> None:
    for address in addresses:
        options = ("nodad",) if ":" in address else ()
        namespace.command("address", "add", address, "dev", interface, *options)
