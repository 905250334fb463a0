"""Router advertisements (RFC 4861), as far as they name DNS servers (RFC 8106)."""

import socket
from typing import Final

SOLICITATION, ADVERTISEMENT = 133, 134  # RFC 4861 sections 4.1, 4.2
RDNSS: Final = 25  # RFC 8106 section 5.1


def write_solicitation() -> bytes:
    """Return a solicitation without options; the kernel fills the checksum in."""
    return bytes([SOLICITATION, 0]) + bytes(6)


def read_advertisement(wire: bytes) -> list[str]:
    """Return the DNS servers of an advertisement; none for anything else or without sense.

    A lifetime of 0 withdraws a server (RFC 8106 section 5.1).
    """
    if len(wire) < _HEADER_LENGTH or wire[0] != ADVERTISEMENT:
        return []
    found = []
    at = _HEADER_LENGTH
    while at + 2 <= len(wire):
        length = wire[at + 1] * 8
        if not length or at + length > len(wire):
            return []  # RFC 4861 section 6.1.2: discarded whole
        option = wire[at : at + length]
        if option[0] == RDNSS and any(option[4:8]):
            found += [
                socket.inet_ntop(socket.AF_INET6, option[n : n + 16])
                for n in range(8, length - 15, 16)
            ]
        at += length
    return found


_HEADER_LENGTH: Final = 16
