"""Asks the network as a new device does, and listens to who answers. Needs root.

Nothing of this machine changes: no address is taken, no route is set.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from filterdns.doctor.announcing import advertisement, dhcp, dhcp6

# RFC 2131 section 3.1: a server first looks whether an address is free; dnsmasq takes 3 s for that
# and answers nothing else meanwhile.
LEAST_SECONDS: Final = 5.0
MOST_SERVERS: Final = 16  # of one protocol: somebody may play tricks on the cable
LARGEST_PACKET: Final = 65_535
Read = Callable[[bytes], list[str]]


class Announced(NamedTuple):
    """A DNS server by its *address*, a link-local one with its interface; *by* which protocol."""

    address: str
    by: str


async def announced_servers(interface: str, seconds: float) -> list[Announced]:
    """Return the DNS servers that new devices on *interface* are told within *seconds*, or 5.

    Raises `PermissionError` for anybody but root. A protocol that cannot be spoken is left out:
    the interface has no cable or no IPv6, or this machine's own client has the port.
    """
    longer = max(seconds, LEAST_SECONDS)
    found = await asyncio.gather(
        _or_nothing(_hear_dhcp(interface, longer)),
        _or_nothing(_hear_advertisements(interface, longer)),
        _or_nothing(_hear_dhcp6(interface, longer)),
    )
    return list(dict.fromkeys(each for part in found for each in part))


async def _or_nothing(hearing: Awaitable[list[Announced]]) -> list[Announced]:
    try:
        return await hearing
    except PermissionError:
        raise
    except OSError:
        return []


async def _hear_dhcp(interface: str, seconds: float) -> list[Announced]:
    transaction, mac = os.urandom(4), dhcp.make_mac()
    packet = dhcp.write_datagram(dhcp.write_discover(transaction, mac))
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as opened:
        opened.bind((interface, _ETH_P_IP))
        opened.sendto(packet, (interface, _ETH_P_IP, 0, 0, b"\xff" * 6))
        servers = await _hear(
            opened, lambda wire: dhcp.read_offer(dhcp.read_datagram(wire), transaction), seconds
        )
    return [Announced(each, "DHCP") for each in servers]


async def _hear_advertisements(interface: str, seconds: float) -> list[Announced]:
    with _open_ipv6(socket.SOCK_RAW, interface, socket.IPPROTO_ICMPV6) as opened:
        # RFC 4861 section 6.1.1: routers drop what could have come from elsewhere.
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        _send(opened, advertisement.write_solicitation(), (_ALL_ROUTERS, 0), interface)
        servers = await _hear(opened, advertisement.read_advertisement, seconds)
    return [Announced(_with_link(each, interface), "router advertisement") for each in servers]


async def _hear_dhcp6(interface: str, seconds: float) -> list[Announced]:
    transaction = os.urandom(3)
    with _open_ipv6(socket.SOCK_DGRAM, interface) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(("::", dhcp6.CLIENT_PORT))
        where = (dhcp6.ALL_SERVERS, dhcp6.SERVER_PORT)
        _send(opened, dhcp6.write_request(transaction), where, interface)
        servers = await _hear(opened, lambda wire: dhcp6.read_reply(wire, transaction), seconds)
    return [Announced(_with_link(each, interface), "DHCPv6") for each in servers]


def _open_ipv6(kind: socket.SocketKind, interface: str, protocol: int = 0) -> socket.socket:
    opened = socket.socket(socket.AF_INET6, kind | socket.SOCK_NONBLOCK, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    except OSError:
        opened.close()
        raise
    return opened


async def _hear(opened: socket.socket, read: Read, seconds: float) -> list[str]:
    """Return what is read from all that comes within *seconds*, each once."""
    found: dict[str, None] = {}
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            while len(found) < MOST_SERVERS:
                found |= dict.fromkeys(read(await loop.sock_recv(opened, LARGEST_PACKET)))
    except TimeoutError:
        pass
    return list(found)[:MOST_SERVERS]


def _send(opened: socket.socket, data: bytes, where: tuple[str, int], interface: str) -> None:
    """Send *data* to a multicast address on *interface*."""
    opened.sendto(data, (*where, 0, socket.if_nametoindex(interface)))


def _with_link(address: str, interface: str) -> str:
    return f"{address}%{interface}" if address.startswith("fe80:") else address


_ETH_P_IP: Final = 0x0800
_ALL_ROUTERS: Final = "ff02::2"
