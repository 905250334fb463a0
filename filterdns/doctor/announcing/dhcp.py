"""DHCP (RFC 2131): what is offered to a device that has just come, as far as it is DNS servers.

A DISCOVER takes no address; the server keeps the one that it offers aside for a moment. The device
has a MAC address of its own making, as phones do.
"""

import os
import socket
from struct import Struct
from typing import Final

BOOTREQUEST, BOOTREPLY = 1, 2
DISCOVER, OFFER = 1, 2  # RFC 2132 section 9.6
SERVER_PORT, CLIENT_PORT = 67, 68
DNS_SERVERS: Final = 6  # RFC 2132 section 3.8
MESSAGE_TYPE, PARAMETER_LIST, END = 53, 55, 255


def make_mac() -> bytes:
    """Return a random MAC address, marked as of somebody's own making (IEEE 802, the local bit)."""
    return bytes([os.urandom(1)[0] & 0xFC | 0x02]) + os.urandom(5)


def write_discover(transaction: bytes, mac: bytes) -> bytes:
    """Return a DISCOVER that asks for DNS servers, and for an answer by broadcast."""
    options = bytes([MESSAGE_TYPE, 1, DISCOVER, PARAMETER_LIST, 3, 1, 3, DNS_SERVERS, END])
    head = bytes([BOOTREQUEST, _ETHERNET, len(mac), 0]) + transaction
    head += bytes(2) + _BROADCAST_FLAG + bytes(16) + mac
    return head + bytes(_COOKIE_AT - len(head)) + _COOKIE + options


def read_offer(wire: bytes, transaction: bytes) -> list[str]:
    """Return the DNS servers of the OFFER for *transaction*; none for anything else."""
    if len(wire) < _COOKIE_AT + 4 or wire[0] != BOOTREPLY or wire[4:8] != transaction:
        return []
    if wire[_COOKIE_AT : _COOKIE_AT + 4] != _COOKIE:
        return []
    options = _read_options(wire[_COOKIE_AT + 4 :])
    if options.get(MESSAGE_TYPE) != bytes([OFFER]):
        return []
    data = options.get(DNS_SERVERS, b"")
    return [socket.inet_ntoa(data[at : at + 4]) for at in range(0, len(data) - 3, 4)]


def write_datagram(payload: bytes) -> bytes:
    """Return *payload* in UDP and IPv4, from nobody yet (0.0.0.0) to everybody.

    The checksum of UDP is left out, which IPv4 allows (RFC 768).
    """
    udp = _UDP(CLIENT_PORT, SERVER_PORT, 8 + len(payload), 0) + payload
    head = _IP(0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0, bytes(4), b"\xff" * 4)
    return head[:10] + _checksum(head) + head[12:] + udp


def read_datagram(wire: bytes) -> bytes:
    """Return what UDP carries in the IPv4 packet *wire* to a DHCP client; nothing of others."""
    header_length = (wire[0] & 0x0F) * 4 if wire else 0
    at = header_length + 8
    if len(wire) < max(at, 28) or wire[0] >> 4 != 4 or wire[9] != socket.IPPROTO_UDP:
        return b""
    source, destination, _, _ = _READ_UDP(wire, header_length)
    return wire[at:] if (source, destination) == (SERVER_PORT, CLIENT_PORT) else b""


_ETHERNET: Final = 1
_BROADCAST_FLAG: Final = b"\x80\x00"  # RFC 2131 section 2, figure 2
_COOKIE: Final = b"\x63\x82\x53\x63"  # its section 3
_COOKIE_AT: Final = 236
_PAD: Final = 0
_UDP: Final = Struct("!HHHH").pack
_READ_UDP: Final = Struct("!HHHH").unpack_from
_IP: Final = Struct("!BBHHHBBH4s4s").pack


def _read_options(data: bytes) -> dict[int, bytes]:
    """Read options (RFC 2132 section 2); one that comes twice is one in two parts (RFC 3396)."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != END:
        if data[at] == _PAD:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        found[data[at]] = found.get(data[at], b"") + data[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def _checksum(header: bytes) -> bytes:
    """Return the checksum of an IPv4 header (RFC 1071)."""
    total = sum(int.from_bytes(header[at : at + 2]) for at in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2)
