"""A client of a few lines: many questions at once over UDP, each from the address that asks.

dig takes 15 ms a question; this is for tests that ask thousands. The messages are written and read
by dnslib, which shares no code with the filter.
"""

import ipaddress
import select
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

import dnslib

from tests.support.messages import extended_errors, parsed, query_bytes
from tests.support.peers import Endpoint


class Ask(NamedTuple):
    """A question of whoever has the address *client*; *options* of EDNS are codes with data."""

    client: str
    name: str
    qtype: str = "A"
    options: tuple[tuple[int, bytes], ...] = ()


class Heard(NamedTuple):
    """What came back. *errors* are extended errors (RFC 8914): code and text, in their order."""

    status: str
    addresses: tuple[str, ...]
    errors: tuple[tuple[int, str], ...]

    @property
    def is_blocked(self) -> bool:
        """Whether it says that the name is blocked (EDE 15)."""
        return any(code == 15 for code, _ in self.errors)

    @property
    def reason(self) -> str:
        """The words for whoever asked, empty if nothing is blocked."""
        return next((text for code, text in self.errors if code == 15), "")


def ask_all(server: Endpoint, asks: Sequence[Ask], seconds: float = 10.0) -> list[Heard | None]:
    """Return what is answered to all of *asks*, sent at once; None where nothing came in time.

    At most 65,536 questions, told apart by their ids.
    """
    sockets = {client: _socket(client) for client in {ask.client for ask in asks}}
    try:
        for number, ask in enumerate(asks):
            sockets[ask.client].sendto(_wire(ask, number), server)
        wires = _collect(list(sockets.values()), len(asks), time.monotonic() + seconds)
    finally:
        for one in sockets.values():
            one.close()
    return [_read(wires[number]) if number in wires else None for number in range(len(asks))]


def ask(
    server: Endpoint, client: str, name: str, qtype: str = "A", *options: tuple[int, bytes]
) -> Heard:
    """Return what is answered to one question."""
    [heard] = ask_all(server, [Ask(client, name, qtype, options)])
    assert heard is not None, f"no answer to {name} {qtype}"
    return heard


def _wire(ask: Ask, number: int) -> bytes:
    return query_bytes(
        ask.name, ask.qtype, payload_size=1232, message_id=number, options=ask.options
    )


def _socket(client: str) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(client).version == 6 else socket.AF_INET
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind((client, 0))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return one


def _collect(sockets: list[socket.socket], count: int, deadline: float) -> dict[int, bytes]:
    wires: dict[int, bytes] = {}
    while len(wires) < count and (left := deadline - time.monotonic()) > 0:
        for one in select.select(sockets, [], [], left)[0]:
            wire = one.recv(4096)
            wires[int.from_bytes(wire[:2])] = wire
    return wires


def _read(wire: bytes) -> Heard:
    message = parsed(wire)
    addresses = [str(rr.rdata) for rr in message.rr if rr.rtype in (1, 28)]
    status = str(dnslib.RCODE.get(message.header.rcode))
    return Heard(status, tuple(addresses), tuple(extended_errors(wire)))
