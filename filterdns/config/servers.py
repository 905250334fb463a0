"""Addresses of servers: where filterdns is asked, and the upstreams that it asks."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from filterdns.config.nearest import cure
from filterdns.config.places import Problems, ValuePath
from filterdns.config.units import quoted, read_endpoint, read_network
from filterdns.errors import InvalidValue
from filterdns.resolver.image import UpstreamServer

DNS_PORT: Final = 53
SYSTEM: Final = "system"
LOCAL: Final = "local"

Endpoint = tuple[str, int]


def compile_listen(
    texts: Sequence[str], path: ValuePath, problems: Problems
) -> tuple[Endpoint, ...]:
    """Return the addresses and ports in *texts*; port 0 lets the kernel choose."""
    endpoints: list[Endpoint] = []
    for at, text in enumerate(texts):
        try:
            endpoint = read_endpoint(text, DNS_PORT)
            if endpoint in endpoints and endpoint[1]:
                raise InvalidValue(f"{quoted(text)} stands here twice", "remove one")
            endpoints.append(endpoint)
        except InvalidValue as error:
            problems.reject((*path, at), error)
    return tuple(endpoints)


def compile_clients(texts: Sequence[str], path: ValuePath, problems: Problems) -> tuple[str, ...]:
    """Return who may ask: `local`, or networks. An open resolver is refused."""
    clients = []
    for at, text in enumerate(texts):
        try:
            clients.append(text if text == LOCAL else _read_clients(text))
        except InvalidValue as error:
            problems.reject((*path, at), error)
    return tuple(clients)


def compile_forwarders(
    texts: Sequence[str], path: ValuePath, problems: Problems
) -> tuple[str, ...]:
    """Return the networks of those who may say for which device they ask."""
    networks = []
    for at, text in enumerate(texts):
        try:
            network = read_network(text)
            if network.endswith("/0"):
                cure_text = "write the address of the router"
                raise InvalidValue(f"{quoted(text)} is the whole internet", cure_text)
            networks.append(network)
        except InvalidValue as error:
            problems.reject((*path, at), error)
    return tuple(networks)


def compile_upstreams(
    texts: Sequence[str],
    path: ValuePath,
    listen: Sequence[Endpoint],
    resolv_conf: Path,
    problems: Problems,
) -> tuple[UpstreamServer, ...]:
    """Return the servers in *texts*, each once, in the order written.

    `system` stands for the name servers in *resolv_conf*, without filterdns itself: it would ask
    in a circle.
    """
    servers: dict[UpstreamServer, None] = {}
    for at, text in enumerate(texts):
        try:
            if text == SYSTEM:
                servers |= dict.fromkeys(_system_servers(resolv_conf, listen))
            else:
                server = read_server(text)
                if _is_own(server, listen):
                    raise InvalidValue(f"{quoted(text)} is filterdns itself", "name a resolver")
                servers[server] = None
        except InvalidValue as error:
            problems.reject((*path, at), error)
    return tuple(servers)


def read_server(text: str) -> UpstreamServer:
    """Return the upstream that `9.9.9.9`, `[2620:fe::fe]:53`, `tcp://9.9.9.9` means.

    Raises `InvalidValue`, also for what is not built yet.
    """
    scheme, separator, rest = text.partition("://")
    transport, address = (scheme.lower(), rest) if separator else ("udp", text)
    if transport in _UNBUILT_TRANSPORTS:
        raise InvalidValue(
            f"{quoted(text)}: {transport} is not built yet in this version",
            "write udp:// or tcp:// with an address",
        )
    if transport not in _TRANSPORTS:
        raise InvalidValue(f"{quoted(transport)} is no way to ask", cure(transport, _TRANSPORTS))
    if _HOST_NAME.fullmatch(address):
        raise InvalidValue(
            f"{quoted(text)} is a name, which nobody can look up yet",
            "write its address, or `system` for the resolvers of this computer",
        )
    host, port = read_endpoint(address, DNS_PORT)
    if not port:
        raise InvalidValue(f"{quoted(text)} has port 0", "write a port from 1 to 65535")
    return UpstreamServer(host, port, transport)


_TRANSPORTS: Final = ("udp", "tcp")
_UNBUILT_TRANSPORTS: Final = frozenset({"tls", "https", "quic", "h3", "sdns"})
_HOST_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.-]*[G-Zg-z-][A-Za-z0-9.-]*(?::[0-9]+)?")
_NAME_SERVER: Final = re.compile(r"^\s*nameserver\s+(\S+)", re.MULTILINE)  # resolv.conf(5)


def _system_servers(resolv_conf: Path, listen: Sequence[Endpoint]) -> list[UpstreamServer]:
    try:
        text = resolv_conf.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = f"{quoted(str(resolv_conf))} cannot be read: {error.strerror}"
        raise InvalidValue(reason, _SYSTEM_CURE) from None
    servers = []
    for address in _NAME_SERVER.findall(text):
        try:
            server = read_server(address)
        except InvalidValue:
            continue  # what the system's own resolver cannot use either
        if not _is_own(server, listen):
            servers.append(server)
    if not servers:
        message = f"{quoted(str(resolv_conf))} names no server but filterdns itself"
        raise InvalidValue(message, _SYSTEM_CURE)
    return servers


_SYSTEM_CURE: Final = "write the addresses of resolvers instead of `system`"


def _is_own(server: UpstreamServer, listen: Sequence[Endpoint]) -> bool:
    """Whether asking *server* would be asking ourselves, as far as the addresses tell.

    The loop probe of the upstreams finds what they do not tell.
    """
    address = ip_address(server.host)
    return any(
        server.port == port
        and (server.host == host or (ip_address(host).is_unspecified and str(address) in _LOOPBACK))
        for host, port in listen
    )


_LOOPBACK: Final = ("127.0.0.1", "::1")  # not 127.0.0.53: there the system's own resolver listens


def _read_clients(text: str) -> str:
    network = read_network(text)
    if network.endswith("/0"):
        cure_text = "write `local` and the networks that may ask: an open resolver gets abused"
        raise InvalidValue(f"{quoted(text)} is the whole internet", cure_text)
    return network
