"""Queries over UDP to a wildcard socket: each answer leaves from the address that was asked.

Left to itself the kernel picks the sender by the route, and a client throws away what comes from
another address than it has asked (RFC 5452 section 9.1). IP_PKTINFO and IPV6_PKTINFO (ip(7),
RFC 3542 section 6) say what was asked and what is to answer. It costs a microsecond or so a query,
so it is for wildcards alone: where the kernel does not tell the addresses of this host, and for
sockets that the service manager has bound.
"""

import socket
from typing import Any, Final

from filterdns.listeners.binding import WILDCARDS
from filterdns.listeners.listener import client_address
from filterdns.listeners.service import Service
from filterdns.listeners.udp import Address, UdpListener

Ancillary = list[tuple[int, int, bytes]]


def make_udp_listener(sock: socket.socket, service: Service) -> UdpListener:
    """Return the listener that *sock* needs, by what it is bound to."""
    if sock.getsockname()[0] in WILDCARDS:
        return WildcardUdpListener(sock, service)
    return UdpListener(sock, service)


class WildcardUdpListener(UdpListener):
    """Queries to all local addresses of one family; with a dual-stack socket, of both.

    Behind the client's address, as the kernel takes it, an `Address` carries what makes the answer
    leave from the right one.
    """

    def __init__(self, sock: socket.socket, service: Service) -> None:
        super().__init__(sock, service)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._receive = self._receive_with_destination
        self._send_to = self._send_from_destination

    def _receive_with_destination(self, size: int) -> tuple[bytes, Address]:
        wire, ancillary, _, address = self._socket.recvmsg(size, _ANCILLARY_BYTES)
        return wire, (client_address(address), address, _from_destination(ancillary))

    def _send_from_destination(self, wire: bytes, address: Address) -> int:
        _, peer, ancillary = address
        return self._socket.sendmsg([wire], ancillary, 0, peer)


def _from_destination(ancillary: list[Any]) -> Ancillary:
    """Return what makes an answer leave from where the query went, going by what came with it."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            # Of a query that came before we wanted to know, the kernel has kept the second alone:
            # what was asked. The first is ours, too, where a broadcast was asked.
            ours = data[4:8] if any(data[4:8]) else data[8:12]
            return [(level, kind, _ANY_INTERFACE + ours + bytes(4))]
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            # Which interface is left to the routes, but a link-local address lies on one alone.
            is_link_local = data[:2] == b"\xfe\x80"
            return [(level, kind, data[:16] + (data[16:20] if is_link_local else _ANY_INTERFACE))]
    return []


_IP_PKTINFO: Final = 8  # linux/in.h; in the socket module from Python 3.14 on
_ANY_INTERFACE: Final = bytes(4)
# struct in6_pktinfo, the longer one: an address and the index of an interface.
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(20)
