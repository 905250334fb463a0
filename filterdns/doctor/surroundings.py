"""What this device was told about its network: name servers and routers, as Linux knows them.

The files are read as they are at the moment; what they have beyond that is skipped in silence, as
the system's own resolver does.
"""

import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, NamedTuple

from filterdns.upstreams.endpoint import Endpoint

DNS_PORT: Final = 53
USUAL_RESOLV_CONF: Final = Path("/etc/resolv.conf")
# Where systemd-resolved stands between, that file names its own address alone, and this one the
# servers that it was given.
BEHIND_RESOLVED: Final = Path("/run/systemd/resolve/resolv.conf")
STUBS: Final = frozenset({"127.0.0.53", "127.0.0.54"})
ROUTES: Final = Path("/proc/net/route")
ROUTES_IPV6: Final = Path("/proc/net/ipv6_route")
_BYTE_ORDER: Final[Literal["little", "big"]] = sys.byteorder


class Route(NamedTuple):
    """The DNS port of a router, and the interface that leads there."""

    router: Endpoint
    interface: str


def name_servers(resolv_conf: Path, behind: Path = BEHIND_RESOLVED) -> list[Endpoint]:
    """Return the name servers of this device (resolv.conf(5)), each once."""
    found = _servers_in(_text(resolv_conf))
    if STUBS & {each.host for each in found}:
        found = _servers_in(_text(behind)) or found
    return found


def default_routes(routes: Path = ROUTES, routes_ipv6: Path = ROUTES_IPV6) -> list[Route]:
    """Return the routers of this device, link-local ones with their interface, each once."""
    found = [*_routes_ipv4(_text(routes)), *_routes_ipv6(_text(routes_ipv6))]
    return list(dict.fromkeys(found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # no file: no such servers, no such routes


def _servers_in(text: str) -> list[Endpoint]:
    found: dict[Endpoint, None] = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] != ["nameserver"] or len(words) < 2:
            continue
        try:
            found[Endpoint(str(ip_address(words[1])), DNS_PORT)] = None
        except ValueError:
            continue
    return list(found)


def _routes_ipv4(text: str) -> Iterator[Route]:
    """Read lines of interface, destination, gateway, …: hexadecimal, in the host's byte order."""
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 3 or words[1] != "0" * 8 or words[2] == "0" * 8:
            continue
        try:
            host = socket.inet_ntoa(int(words[2], 16).to_bytes(4, _BYTE_ORDER))
        except (ValueError, OverflowError):
            continue
        yield Route(Endpoint(host, DNS_PORT), words[0])


def _routes_ipv6(text: str) -> Iterator[Route]:
    """Read lines of destination, length, source, length, next hop, …, interface."""
    for line in text.splitlines():
        words = line.split()
        if len(words) != 10 or (words[0], words[1]) != ("0" * 32, "00") or words[4] == "0" * 32:
            continue
        try:
            address = ip_address(int(words[4], 16))
        except ValueError:
            continue
        host = str(address)
        if address.is_link_local:
            host = f"{host}%{words[9]}"
        yield Route(Endpoint(host, DNS_PORT), words[9])
