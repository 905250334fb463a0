"""What every listener does with a query, whatever it came by: one place for all transports.

Here alone an unexpected error is caught: the client gets SERVFAIL, the log a traceback once per
kind and minute, and the worker goes on.
"""

import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Final

from filterdns.clock import Times
from filterdns.dns import answers, codes
from filterdns.dns.options import named_mac
from filterdns.dns.question import Query, read_question
from filterdns.errors import MalformedMessage, UpstreamError
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.verdict import Verdict
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.blocked import BlockedForm
from filterdns.resolver.cache import Cached
from filterdns.resolver.client_slot import ClientSlot
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.memo import MemoEntry
from filterdns.resolver.record import Cause, Counters
from filterdns.resolver.resolver import Resolver

logger = logging.getLogger(__name__)

_TRACEBACK_SECONDS: Final = 60

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Start a coroutine as a task that is named and kept until it ends."""

Reply = Callable[[Query, Answer, ClientSlot, float], None]
"""Send and note an answer that had to be waited for; the last argument is the time."""


class Service:
    """The resolver as listeners use it, with counts and limits."""

    def __init__(
        self,
        resolver: Resolver,
        slots: ClientSlots,
        counters: Counters,
        clock: Times,
        spawn: Spawn,
    ) -> None:
        self.resolver = resolver
        self.slots = slots
        self._queries = counters.of("filterdns_queries_total")
        self._blocked = counters.of("filterdns_blocked_total")
        self.now = clock.now
        self.steady = clock.steady
        self.spawn = spawn
        self._silent_until_by_kind: dict[str, float] = {}

    def read(self, wire: bytes, slot: ClientSlot, transport: str) -> Query | bytes:
        """Return the query in *wire*, or the answer to what is none; empty bytes for silence."""
        try:
            query = read_question(wire, is_datagram=transport == "udp")
        except MalformedMessage as error:
            self.count(transport, Outcome.MALFORMED)
            return answers.header_only(wire, error.rcode)
        if not slot.is_allowed:
            self.count(transport, Outcome.REFUSED)
            errors = ((codes.EDE_PROHIBITED, "This network may not ask here"),)
            return answers.failure(query, codes.REFUSED, errors)
        return query

    def slot_behind(self, query: Query, forwarder: ClientSlot, now: float) -> ClientSlot:
        """Return the slot of the device for which the *forwarder*'s slot has been found."""
        return self.slots.slot_behind(forwarder, named_mac(query), now)

    def limited(self, wire: bytes, slot: ClientSlot, now: float, transport: str) -> bytes | None:
        """Return what a client over its rate gets: None for an answer as usual, b"" for silence.

        An empty answer with TC comes first: it is no longer than the query, and a client that is
        really there asks again over TCP.
        """
        if self.slots.has_token(slot, now):
            return None
        if self.slots.has_spare_token(slot):
            with suppress(MalformedMessage):
                limited = answers.truncated(read_question(wire))
                self.count(transport, Outcome.LIMITED)
                return limited
        self.count(transport, Outcome.DROPPED)
        return b""

    def is_fresh(
        self, entry: MemoEntry | BlockedForm, slot: ClientSlot, wire: bytes, now: float
    ) -> bool:
        """Bring *entry* to this second; take it out of the memo where it has ended."""
        if entry.refresh(slot.policy, now, self.steady()):
            return True
        self.slots.memos.discard(slot.memo, wire[2:])
        return False

    def repeated(self, wire: bytes, slot: ClientSlot, transport: str, now: float) -> bytes | None:
        """Return the answer to *wire* if the memo knows these bytes; it fits any transport.

        `UdpListener` does the same inline.
        """
        entry = slot.memo.entries.get(wire[2:])
        if entry is None or not slot.is_allowed:
            return None
        if entry.second != int(now) and not self.is_fresh(entry, slot, wire, now):
            return None
        self.count(transport, Outcome.MEMO)
        if entry.cause is None:
            return wire[:2] + entry.tail
        self.note_blocked(wire[12 : entry.name_end], entry.cause, slot, now)
        return wire[:2] + entry.head + wire[12 : entry.question_end] + entry.rest

    def try_answer(self, query: Query, slot: ClientSlot, now: float) -> Answer | Verdict:
        """Answer without waiting, or return the verdict that `ask` wants."""
        try:
            return self.resolver.try_answer(query, slot, now)
        except Exception as error:  # noqa: BLE001 - the one place, see the module's docstring
            return self._broken(query, error)

    def ask(self, query: Query, slot: ClientSlot, verdict: Verdict, reply: Reply) -> None:
        """Answer what `try_answer` could not, by asking the upstreams; bounded per client."""
        if slot.in_flight >= self.slots.limits.in_flight_per_client:
            answer = Answer(answers.failure(query, codes.SERVFAIL), Outcome.FAILED)
            reply(query, answer, slot, self.now())
            return
        slot.in_flight += 1
        tell = partial(self._heard, query, slot, slot.policy, verdict, reply)
        self.resolver.ask(query, verdict, tell)

    def _heard(
        self,
        query: Query,
        slot: ClientSlot,
        policy: EffectivePolicy,
        verdict: Verdict,
        reply: Reply,
        said: Cached | Exception,
    ) -> None:
        slot.in_flight -= 1
        now = self.now()
        try:
            if not isinstance(said, (Cached, UpstreamError)):
                raise said
            slot = self.slots.renewed(slot, now)
            answer = self.resolver.finish(query, slot, now, policy, verdict, said)
        except Exception as error:  # noqa: BLE001 - the one place, see the module's docstring
            answer = self._broken(query, error)
        if isinstance(answer, Verdict):
            self.ask(query, slot, answer, reply)
        else:
            reply(query, answer, slot, now)

    def note(
        self, query: Query, answer: Answer, slot: ClientSlot, transport: str, now: float
    ) -> None:
        """Count *answer*, and what the log keeps of it."""
        self._queries[transport, answer.outcome.value] += 1
        if answer.form is not None:
            self.note_blocked(query.question.name, answer.form.cause, slot, now)
        elif answer.is_lifeline:
            self.slots.notes.lifeline(slot)

    def note_blocked(self, name: bytes, cause: Cause, slot: ClientSlot, now: float) -> None:
        """Count a blocked question, for the metrics and for the log."""
        self._blocked[cause.labels] += 1
        hit = slot.hits.get((name, cause))
        if hit is not None:
            hit.count += 1
            hit.last_seen = now
        elif slot.is_full and cause.listed_length == len(name):
            # A flood of listed names: there is no other to count it by.
            self.slots.notes.dropped_rows += 1
        else:
            self.slots.notes.hit(slot, name, cause, now)

    def count(self, transport: str, outcome: Outcome, count: int = 1) -> None:
        """Count *count* queries over *transport* that ended in *outcome*."""
        self._queries[transport, outcome.value] += count

    def broken(self, wire: bytes, error: Exception, transport: str) -> bytes:
        """Return the answer to *wire*, which met *error* elsewhere on its road; maybe empty."""
        self._tell(error)
        self.count(transport, Outcome.FAILED)
        try:
            return answers.failure(read_question(wire), codes.SERVFAIL)
        except MalformedMessage:
            return answers.header_only(wire, codes.SERVFAIL)

    def _broken(self, query: Query, error: Exception) -> Answer:
        self._tell(error)
        return Answer(answers.failure(query, codes.SERVFAIL), Outcome.FAILED)

    def _tell(self, error: Exception) -> None:
        kind = type(error).__name__
        monotonic = time.monotonic()
        if monotonic >= self._silent_until_by_kind.get(kind, 0.0):
            self._silent_until_by_kind[kind] = monotonic + _TRACEBACK_SECONDS
            logger.error("a query could not be answered", exc_info=error)
