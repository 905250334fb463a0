"""Queries over TCP: pipelined, answered out of order, with limits on idleness and on number.

RFC 7766: connections are kept while they are used (section 6.2.3), answers leave as they become
ready (section 7), and a client that does not read its answers is closed.
"""

import asyncio
import socket
from collections import Counter, deque
from typing import Final

from filterdns.descriptors import Shortage, is_exhausted
from filterdns.dns.framing import Deframer, frame
from filterdns.dns.question import Query
from filterdns.errors import MalformedMessage
from filterdns.listeners.listener import Listener, client_address
from filterdns.listeners.service import Service
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.client_slot import ClientSlot

TRANSPORT: Final = "tcp"
ACCEPT_AT_MOST: Final = 32  # a wake-up; after a stand-still many wait
MAX_UNSENT_BYTES: Final = 1 << 18
MAX_PIPELINED: Final = 200
ANSWERED_AT_ONCE: Final = 64
WRITTEN_AT_ONCE: Final = 1 << 16
REST_SECONDS: Final = 0.25
SPARED_SECONDS: Final = 1.0  # where no descriptor is left (RFC 7766 section 6.2.3 allows it)


class StreamListener(Listener):
    """Accepts connections on one listening socket, of which other workers have copies, too."""

    def __init__(self, sock: socket.socket, service: Service, connections: "Connections") -> None:
        super().__init__(sock)
        self._service = service
        self._connections = connections
        self._shortage = Shortage()

    def _on_readable(self) -> None:
        for taken in range(ACCEPT_AT_MOST):
            try:
                sock, peer = self._socket.accept()
            except OSError as error:  # nobody is left, another worker took it, the client has gone
                # The kernel looks for a descriptor first: only the first try proves that one waits.
                if is_exhausted(error) and not taken:
                    self._shortage.tell("TCP clients")
                    if not self._connections.make_room():
                        # The client stays in its queue, and the loop would be woken again at once.
                        self.rest(REST_SECONDS)
                return
            address = client_address(peer)
            if self._connections.take(address):
                self._service.spawn(self._serve(sock, address))
            else:
                sock.close()

    async def _serve(self, sock: socket.socket, address: str) -> None:
        connection = _Connection(self._service, self._connections, address)
        try:
            await self._loop.connect_accepted_socket(lambda: connection, sock)
        except OSError:
            sock.close()
            self._connections.give_back(address)


class Connections:
    """All TCP connections of a worker, in all and per client."""

    def __init__(self, service: Service) -> None:
        self.accepted = 0  # since the start
        self._service = service
        self._open: set[_Connection] = set()
        self._count = 0
        self._count_by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._count

    def take(self, address: str) -> bool:
        """Count one more connection of *address*; whether there is room for it."""
        limits = self._service.slots.limits
        if (
            self._count >= limits.tcp_connections
            or self._count_by_address[address] >= limits.tcp_connections_per_client
        ):
            return False
        self.accepted += 1
        self._count += 1
        self._count_by_address[address] += 1
        return True

    def give_back(self, address: str) -> None:
        """Count one connection of *address* less."""
        self._count -= 1
        self._count_by_address[address] -= 1
        if not self._count_by_address[address]:
            del self._count_by_address[address]

    def add(self, connection: "_Connection") -> None:
        """Keep an open connection that has been counted."""
        self._open.add(connection)

    def remove(self, connection: "_Connection") -> None:
        """Let go of one that has ended."""
        self._open.discard(connection)
        self.give_back(connection.address)

    def make_room(self) -> bool:
        """Close the connection that has been silent for longest; return whether there was one.

        Who waits for an answer stays, and who has just come: the question may be under way.
        """
        longest = max(self._open, key=_Connection.silent_seconds, default=None)
        if longest is None or longest.silent_seconds() < SPARED_SECONDS:
            return False
        longest.abort()
        return True

    def close(self) -> None:
        """Close every connection at once."""
        for connection in tuple(self._open):
            connection.abort()


class _Connection(asyncio.Protocol):
    """One client's connection, from the first byte to the last."""

    def __init__(self, service: Service, connections: Connections, address: str) -> None:
        self.address = address
        self._service = service
        self._connections = connections
        self._deframer = Deframer()
        self._arrived: deque[bytes] = deque()
        self._is_pausing = False
        self._under_way = 0
        self._is_eof = False

    @property
    def _is_busy(self) -> bool:
        """Whether the client waits for an answer."""
        return self._under_way > 0 or bool(self._arrived)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        limits = self._service.slots.limits
        self._idle_seconds = limits.tcp_idle_seconds
        self._last_used = self._loop.time()
        self._end = self._loop.call_later(limits.tcp_total_seconds, self.abort)
        self._idle = self._loop.call_later(self._idle_seconds, self._close_if_idle)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        self._idle.cancel()
        self._connections.remove(self)

    def eof_received(self) -> bool:
        """Keep our half open until what is under way has been answered."""
        self._is_eof = True
        return self._is_busy

    def pause_writing(self) -> None:
        """Close on a client that does not read: its answers are not kept for it."""
        self.abort()

    def silent_seconds(self) -> float:
        """Return for how long nothing has happened; 0 while an answer is under way or it ends."""
        if self._is_busy or self._transport.is_closing():
            return 0.0
        return self._loop.time() - self._last_used

    def abort(self) -> None:
        """Close at once, unsent answers and all."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._last_used = self._loop.time()
        try:
            self._arrived += self._deframer.feed(data)
        except MalformedMessage:
            self.abort()
            return
        if not self._is_pausing:
            self._answer_some()

    def _answer_some(self) -> None:
        """Answer what has arrived; a lot of it in several turns, between which others have theirs.

        What is written meanwhile shows whether the client reads: see `pause_writing`.
        """
        service = self._service
        now = service.now()
        ready = bytearray()
        for _ in range(min(len(self._arrived), ANSWERED_AT_ONCE)):
            wire = self._arrived.popleft()
            try:
                answer = self._answer(wire, service.slots.slot_for(self.address, now), now)
            except Exception as error:  # noqa: BLE001 - only a slot can break here
                answer = service.broken(wire, error, TRANSPORT)
            if self._transport.is_closing():
                return
            if answer:
                ready += frame(answer)
                if len(ready) >= WRITTEN_AT_ONCE:
                    break
        if ready:
            self._transport.write(ready)
        if self._transport.is_closing():
            return
        if self._arrived:
            self._is_pausing = True
            self._transport.pause_reading()
            self._loop.call_soon(self._go_on)
        elif self._is_eof and not self._under_way:
            self._transport.close()

    def _go_on(self) -> None:
        self._is_pausing = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._answer_some()

    def _answer(self, wire: bytes, slot: ClientSlot, now: float) -> bytes:
        """Return the answer to *wire* if it is at hand; empty bytes for later or never."""
        service = self._service
        slot.tokens -= 1
        if slot.tokens < 0 and not service.slots.has_token(slot, now):
            self.abort()  # TC would be of no use here
            return b""
        repeated = service.repeated(wire, slot, TRANSPORT, now)
        if repeated is not None:
            return repeated
        query = service.read(wire, slot, TRANSPORT)
        if isinstance(query, bytes):
            return query
        if slot.role:
            slot = service.slot_behind(query, slot, now)
            slot.tokens -= 1
            if slot.tokens < 0 and not service.slots.has_token(slot, now):
                service.count(TRANSPORT, Outcome.DROPPED)
                return b""  # the others behind the forwarder keep their connection
        answer = service.try_answer(query, slot, now)
        if isinstance(answer, Answer):
            service.note(query, answer, slot, TRANSPORT, now)
            service.slots.memos.consider(slot.memo, query, answer, now)
            return answer.wire
        self._under_way += 1
        if self._under_way > MAX_PIPELINED:
            self.abort()
            return b""
        service.ask(query, slot, answer, self._reply)
        return b""

    def _reply(self, query: Query, answer: Answer, slot: ClientSlot, now: float) -> None:
        self._under_way -= 1
        self._service.note(query, answer, slot, TRANSPORT, now)
        if self._transport.is_closing():
            return
        self._last_used = self._loop.time()
        self._transport.write(frame(answer.wire))
        if self._is_eof and not self._is_busy:
            self._transport.close()

    def _close_if_idle(self) -> None:
        """Close after *tcp_idle_seconds* without a byte either way, and nothing under way."""
        left = self._last_used + self._idle_seconds - self._loop.time()
        if self._is_busy:
            left = self._idle_seconds
        if left <= 0:
            self._transport.close()
        else:
            self._idle = self._loop.call_later(left, self._close_if_idle)
