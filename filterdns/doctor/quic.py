"""Whether anything speaks QUIC at a UDP port, without speaking it ourselves.

A packet of a version that nobody has must be answered with the versions that there are (RFC 9000
section 6.1), before any cryptography. So one datagram each way tells whether a port is open.
"""

import os
from typing import Final

from filterdns.doctor.asking import exchange_datagram
from filterdns.upstreams.endpoint import Endpoint

SMALLEST_DATAGRAM: Final = 1200  # RFC 9000 section 14.1: smaller ones are dropped
UNKNOWN_VERSION: Final = b"\x1a\x2a\x3a\x4a"  # its section 15: reserved to force the negotiation
ID_LENGTH: Final = 8


async def offered_versions(endpoint: Endpoint, patience_seconds: float) -> tuple[int, ...]:
    """Return the versions that *endpoint* offers; none where something else answered.

    Raises `NoAnswer`.
    """
    ours, theirs = os.urandom(ID_LENGTH), os.urandom(ID_LENGTH)
    wire = await exchange_datagram(
        endpoint, first_packet(ours, theirs), lambda _: True, patience_seconds
    )
    return read_versions(wire, ours, theirs)


def first_packet(ours: bytes, theirs: bytes) -> bytes:
    """Return a long header (RFC 8999 section 5.1) from the id *ours* to *theirs*, filled up."""
    header = b"\xc0" + UNKNOWN_VERSION + _with_length(theirs) + _with_length(ours)
    return header + bytes(SMALLEST_DATAGRAM - len(header))


def read_versions(wire: bytes, ours: bytes, theirs: bytes) -> tuple[int, ...]:
    """Return the versions in a Version Negotiation packet for us (RFC 8999 section 6), or none."""
    ids = _with_length(ours) + _with_length(theirs)
    is_negotiation = wire[:1] >= b"\x80" and wire[1:5] == bytes(4) and wire[5:].startswith(ids)
    if not is_negotiation:
        return ()
    versions = wire[5 + len(ids) :]
    return tuple(int.from_bytes(versions[at : at + 4]) for at in range(0, len(versions) - 3, 4))


def _with_length(connection_id: bytes) -> bytes:
    return bytes([len(connection_id)]) + connection_id
