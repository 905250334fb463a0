"""DHCPv6 (RFC 8415): DNS servers that are told to whoever asks for nothing but information."""

import os
import socket
from typing import Final

INFORMATION_REQUEST, REPLY = 11, 7  # RFC 8415 section 7.3
SERVER_PORT, CLIENT_PORT = 547, 546
ALL_SERVERS: Final = "ff02::1:2"
CLIENT_ID, OPTION_REQUEST, ELAPSED_TIME = 1, 6, 8  # its section 21
DNS_SERVERS: Final = 23  # RFC 3646 section 3


def write_request(transaction: bytes) -> bytes:
    """Return an Information-request under *transaction* (three bytes), by a new device."""
    unique = b"\x00\x04" + os.urandom(16)  # RFC 6355: a UUID
    return (
        bytes([INFORMATION_REQUEST])
        + transaction
        + _option(CLIENT_ID, unique)
        + _option(OPTION_REQUEST, DNS_SERVERS.to_bytes(2))
        + _option(ELAPSED_TIME, bytes(2))
    )


def read_reply(wire: bytes, transaction: bytes) -> list[str]:
    """Return the DNS servers of the Reply to *transaction*; none for anything else."""
    if wire[:4] != bytes([REPLY]) + transaction:
        return []
    found = []
    at = 4
    while at + 4 <= len(wire):
        code = int.from_bytes(wire[at : at + 2])
        length = int.from_bytes(wire[at + 2 : at + 4])
        data = wire[at + 4 : at + 4 + length]
        if code == DNS_SERVERS:
            found += [
                socket.inet_ntop(socket.AF_INET6, data[n : n + 16])
                for n in range(0, len(data) - 15, 16)
            ]
        at += 4 + length
    return found


def _option(code: int, data: bytes) -> bytes:
    return code.to_bytes(2) + len(data).to_bytes(2) + data
