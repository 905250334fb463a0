"""Queries over UDP: drained under `add_reader` in one plain function, no task per query.

The order of a query's road stands in `UdpListener._on_readable`: slot, tokens, memo, and only then
anything that reads the message.
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from filterdns.dns.question import Query
from filterdns.listeners.listener import Listener, client_address
from filterdns.listeners.service import Service
from filterdns.policy.verdict import Verdict
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.client_slot import ClientSlot

TRANSPORT: Final = "udp"
DRAIN_AT_MOST: Final = 64  # datagrams a wake-up, so that the loop's other readers get their turn
MAX_QUERY_LENGTH: Final = 4096

Address = tuple[Any, ...]
"""Where a query came from, and its answer goes; the client's numeric address stands first."""


class UdpListener(Listener):
    """Queries to one local address."""

    def __init__(self, sock: socket.socket, service: Service) -> None:
        super().__init__(sock)
        self._service = service
        self._unsent: list[tuple[bytes, Address]] = []
        # Another kind of socket has its own way; this way a query costs no call more.
        self._receive: Callable[[int], tuple[bytes, Address]] = sock.recvfrom
        if sock.family == socket.AF_INET6:
            self._receive = self._receive_with_link
        self._send_to: Callable[[bytes, Address], int] = sock.sendto

    def close(self) -> None:
        """Send what is ready and close the socket. May be called twice."""
        self._send_all()
        super().close()

    def _on_readable(self) -> None:
        service = self._service
        slots = service.slots
        slot_by_address = slots.slot_by_address
        receive = self._receive
        send = self._send_to
        note_blocked = service.note_blocked
        now = service.now()
        second = int(now)
        from_memo = 0
        try:
            for _ in range(DRAIN_AT_MOST):
                wire, address = receive(MAX_QUERY_LENGTH)
                slot = slot_by_address.get(address[0])
                if (
                    slot is None
                    or slot.generation != slots.generation
                    or not slot.valid_from <= now < slot.valid_until
                ):
                    slot = slots.slot_for(address[0], now)
                slot.tokens -= 1
                if slot.tokens < 0:  # before anything else: a flood meets the limit first
                    limited = service.limited(wire, slot, now, TRANSPORT)
                    if limited is not None:
                        self._send(limited, address)
                        continue
                entry = slot.memo.entries.get(wire[2:])
                if (
                    entry is not None
                    and slot.is_allowed
                    and (entry.second == second or service.is_fresh(entry, slot, wire, now))
                ):
                    if entry.cause is None:
                        send(wire[:2] + entry.tail, address)
                    else:  # a form that many names share
                        question = wire[12 : entry.question_end]
                        send(wire[:2] + entry.head + question + entry.rest, address)
                        note_blocked(wire[12 : entry.name_end], entry.cause, slot, now)
                    from_memo += 1
                    continue
                self._answer(wire, address, slot, now)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # An ICMP error of an earlier answer, or no route to one client: the next read goes on.
            service.count(TRANSPORT, Outcome.FAILED)
        except Exception as error:  # noqa: BLE001 - only a slot or a memo can break here
            self._send(service.broken(wire, error, TRANSPORT), address)
        if from_memo:
            service.count(TRANSPORT, Outcome.MEMO, from_memo)

    def _receive_with_link(self, size: int) -> tuple[bytes, Address]:
        wire, address = self._socket.recvfrom(size)
        if address[3]:
            address = (client_address(address), *address[1:])
        return wire, address

    def _answer(self, wire: bytes, address: Address, slot: ClientSlot, now: float) -> None:
        service = self._service
        query = service.read(wire, slot, TRANSPORT)
        if isinstance(query, bytes):
            self._send(query, address)
            return
        if slot.role:
            slot = service.slot_behind(query, slot, now)
            slot.tokens -= 1
            if slot.tokens < 0:
                limited = service.limited(wire, slot, now, TRANSPORT)
                if limited is not None:
                    self._send(limited, address)
                    return
        answer = service.try_answer(query, slot, now)
        if isinstance(answer, Verdict):
            service.ask(query, slot, answer, partial(self._reply, address))
            return
        self._send(answer.wire, address)
        service.note(query, answer, slot, TRANSPORT, now)
        service.slots.memos.consider(slot.memo, query, answer, now)

    def _reply(
        self, address: Address, query: Query, answer: Answer, slot: ClientSlot, now: float
    ) -> None:
        """Answer later what was asked earlier: all of a turn of the loop leaves together."""
        if not self._unsent:
            self._loop.call_soon(self._send_all)
        self._unsent.append((answer.wire, address))
        self._service.note(query, answer, slot, TRANSPORT, now)

    def _send_all(self) -> None:
        unsent, self._unsent = self._unsent, []
        for wire, address in unsent:
            self._send(wire, address)

    def _send(self, wire: bytes, address: Address) -> None:
        """Send *wire*, if any; a full queue or a vanished client costs this answer alone."""
        try:
            if wire:
                self._send_to(wire, address)
        except OSError:
            self._service.count(TRANSPORT, Outcome.DROPPED)
