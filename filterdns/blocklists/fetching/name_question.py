"""One question for the addresses of a name: sent with a random id, over UDP, then TCP if need be.

What does not answer this very question is not looked at: whoever guesses the id has to guess it,
and the port of the socket, before the right answer is here (RFC 5452 section 9).
"""

import asyncio
import secrets
import socket
import struct
from ipaddress import ip_address
from typing import Any, Final

from dnslib import QTYPE, RCODE, DNSError, DNSHeader, DNSQuestion, DNSRecord

from filterdns.blocklists.fetching.job import NameServer
from filterdns.dns.framing import frame

MAX_ALIASES: Final = 16
_MAX_DATAGRAM_BYTES: Final = 4096
_MALFORMED: Final = (DNSError, ValueError, IndexError, struct.error)


class NoUsefulAnswer(Exception):
    """An answer that says nothing about the name, such as SERVFAIL: the next server may know."""


class NameQuestion:
    """What addresses *name* has of the type *qtype*, `A` or `AAAA`."""

    def __init__(self, name: str, qtype: str) -> None:
        self.name = name
        self._qtype = getattr(QTYPE, qtype)

    async def ask(self, server: NameServer) -> tuple[str, ...]:
        """Return the addresses that *server* says, none if the name has none.

        Raises `NoUsefulAnswer`, and `OSError` where the server cannot be reached. The caller sets
        the deadline.
        """
        query_id = secrets.randbits(16)
        wire = self._write(query_id)
        reply = None if server.transport == "tcp" else await self._ask_udp(server, wire, query_id)
        if reply is None or reply.header.tc:
            reply = await self._ask_tcp(server, wire, query_id)
        if reply.header.rcode not in (RCODE.NOERROR, RCODE.NXDOMAIN):
            raise NoUsefulAnswer(f"answered {RCODE.get(reply.header.rcode)}")
        return self._addresses_in(reply)

    def _write(self, query_id: int) -> bytes:
        try:
            question = DNSQuestion(self.name, self._qtype)
            return bytes(DNSRecord(DNSHeader(id=query_id, rd=1), q=question).pack())
        except _MALFORMED as error:
            raise NoUsefulAnswer(f"cannot be asked for what is no name: {error}") from None

    async def _ask_udp(self, server: NameServer, wire: bytes, query_id: int) -> Any:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as asking:
            asking.connect((server.host, server.port))  # datagrams of others do not arrive
            await loop.sock_sendall(asking, wire)
            while True:
                reply = self._read(await loop.sock_recv(asking, _MAX_DATAGRAM_BYTES), query_id)
                if reply is not None:
                    return reply

    async def _ask_tcp(self, server: NameServer, wire: bytes, query_id: int) -> Any:
        reading, writing = await asyncio.open_connection(server.host, server.port)
        try:
            writing.write(frame(wire))
            length = int.from_bytes(await reading.readexactly(2))
            reply = self._read(await reading.readexactly(length), query_id)
        except asyncio.IncompleteReadError:
            raise NoUsefulAnswer("closed the connection without an answer") from None
        finally:
            writing.close()
        if reply is None:
            raise NoUsefulAnswer("answered another question")
        return reply

    def _read(self, message: bytes, query_id: int) -> Any:
        """Return the reply in *message*, None if it is not one to this question."""
        try:
            reply = DNSRecord.parse(message)
        except _MALFORMED:
            return None
        is_ours = (
            reply.header.id == query_id
            and reply.header.qr
            and [(_text(each.qname), each.qtype) for each in reply.questions]
            == [(self.name, self._qtype)]
        )
        return reply if is_ours else None

    def _addresses_in(self, reply: Any) -> tuple[str, ...]:
        """Return the addresses of the name and of its aliases, in the order of the answer."""
        alias_by_name = {
            _text(each.rname): _text(each.rdata.label)
            for each in reply.rr
            if each.rtype == QTYPE.CNAME
        }
        names = [self.name]
        while (alias := alias_by_name.get(names[-1])) is not None and len(names) <= MAX_ALIASES:
            names.append(alias)
        return tuple(
            str(ip_address(str(each.rdata)))
            for each in reply.rr
            if each.rtype == self._qtype and _text(each.rname) in names
        )


def _text(label: Any) -> str:
    return str(label).rstrip(".").lower()
