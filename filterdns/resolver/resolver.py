"""The hub: verdict, cache, verdict about the answer, message. One order for every transport.

`try_answer` does all that needs no waiting. Where the upstreams have to be asked it returns the
verdict that lets them: `ask` asks, `finish` makes an answer of what they have said. By then the
policy is looked at again, and under another one the verdict is taken again, so no answer leaves
under a policy that has ended.

A rewritten question takes the same road under the name that is asked instead; what is said of that
name gets the alias put before it on its way out.
"""

import time
from functools import partial
from ipaddress import ip_address
from typing import Final, Protocol

from filterdns.clock import Times
from filterdns.dns import answers, codes
from filterdns.dns.ech import without_ech
from filterdns.dns.leads import NOWHERE
from filterdns.dns.question import Query, Question
from filterdns.dns.response import read_response
from filterdns.errors import MalformedMessage, UpstreamError
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.verdict import ALLOWED, CONNECTIVITY, LIFELINE, Action, Row, Verdict
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.cache import Cache, Cached
from filterdns.resolver.client_slot import ClientSlot
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.inflight import InFlight, Tell
from filterdns.resolver.rewritten import Rewritten
from filterdns.resolver.ttl import ttl_cap
from filterdns.upstreams import upstream

PENDING_TTL_SECONDS: Final = 5
ALIAS_TTL_SECONDS: Final = 300  # of an alias of ours where nothing behind it says less
LIFELINE_TTL_SECONDS: Final = 60  # always the same, so that it tells nobody who asked before
DEADLINE_SECONDS: Final = 4.5  # stub resolvers give up, or ask another server, after 5 s


class Upstreams(Protocol):
    """What forwards a question: see `upstreams/group.py`."""

    def ask(self, question: Question, deadline: float, tell: upstream.Tell) -> None:
        """Ask, and *tell* the upstream's whole message or an `UpstreamError`, exactly once."""
        ...

    def is_own_probe(self, name: bytes) -> bool:
        """Whether *name* is one of our own loop probes, back at our door."""
        ...


class Resolver:
    """Answers queries from verdicts, the cache and *upstreams*."""

    def __init__(
        self,
        slots: ClientSlots,
        cache: Cache,
        upstreams: Upstreams,
        clock: Times,
        in_flight_limit: int,
    ) -> None:
        self.slots = slots
        self.cache = cache
        self.upstreams = upstreams
        self.in_flight = InFlight(in_flight_limit)
        self._rewritten = Rewritten()
        self._clock = clock

    def try_answer(self, query: Query, slot: ClientSlot, now: float) -> Answer | Verdict:
        """Answer *query* without waiting, or return the verdict that lets the upstreams be asked.

        The policy of *slot* has to hold at *now*.
        """
        name, qtype, _, _ = query.question
        if query.qclass != codes.IN or qtype in _REFUSED_TYPES:
            return Answer(answers.failure(query, codes.REFUSED), Outcome.REFUSED)
        if query.edns is not None and query.edns.version:  # RFC 6891 section 6.1.3
            return Answer(answers.failure(query, codes.BADVERS), Outcome.REFUSED)
        if self.upstreams.is_own_probe(name):  # REFUSED, which nobody on the way back caches
            return Answer(answers.failure(query, codes.REFUSED), Outcome.REFUSED)
        verdict = decide(name, qtype, slot.policy)
        if verdict is not ALLOWED or qtype == codes.ANY:  # nearly every name is left out
            answer = self._own_answer(query, verdict, slot, now)
            if answer is not None:
                return answer
        steady = self._clock.steady()
        cached = self.cache.get(
            _to_ask(query, verdict) if verdict.instead else query.question, steady
        )
        if cached is None:
            return verdict
        return self._passed_on(query, verdict, cached, slot, now, steady, Outcome.CACHED)

    def ask(self, query: Query, verdict: Verdict, tell: Tell) -> None:
        """Ask the upstreams what *query* asks, and *tell* what they have said, exactly once.

        *verdict* says if that is to be asked about another name.
        """
        question = _to_ask(query, verdict) if verdict.instead else query.question
        if self.in_flight.is_crowded(question):
            tell(UpstreamError("too many questions wait for the upstreams"))
            return
        if not self.in_flight.join(question, tell):
            return
        deadline = time.monotonic() + DEADLINE_SECONDS
        try:
            self.upstreams.ask(question, deadline, partial(self._heard, question))
        except Exception as error:  # noqa: BLE001 - whoever waits has to hear of it
            self.in_flight.settle(question, error)

    def finish(
        self,
        query: Query,
        slot: ClientSlot,
        now: float,
        policy: EffectivePolicy,
        verdict: Verdict,
        said: Cached | UpstreamError,
    ) -> Answer | Verdict:
        """Answer *query* by what the upstreams have *said*.

        *verdict* was taken under *policy*; that of *slot* has to hold at *now*. If by now another
        name is to be asked, and the cache does not have it, return the verdict that says so.
        """
        if slot.policy is not policy:
            instead = verdict.instead
            verdict = decide(query.question.name, query.question.qtype, slot.policy)
            if verdict.instead != instead:
                return self.try_answer(query, slot, now)
            answer = self._own_answer(query, verdict, slot, now)
            if answer is not None:
                return answer
        if isinstance(said, UpstreamError):
            wire = answers.failure(query, codes.SERVFAIL, ((said.ede_code, ""),))
            is_lifeline = verdict.rule.category == LIFELINE  # who looks for help is left alone
            return Answer(wire, Outcome.FAILED, is_lifeline=is_lifeline)
        steady = self._clock.steady()
        return self._passed_on(query, verdict, said, slot, now, steady, Outcome.FORWARDED)

    def _heard(self, question: Question, said: bytes | UpstreamError) -> None:
        """Keep what an upstream has said to *question*, and tell all who wait for it."""
        if not isinstance(said, bytes):
            self.in_flight.settle(question, said)
            return
        kept: Cached | Exception
        try:
            answer = read_response(said, len(question.name))
            kept = self.cache.put(question, answer, self._clock.steady())
        except MalformedMessage as error:
            kept = UpstreamError(str(error), codes.EDE_NETWORK_ERROR)
        except Exception as error:  # noqa: BLE001 - whoever waits has to hear of it
            kept = error
        self.in_flight.settle(question, kept)

    def _own_answer(
        self, query: Query, verdict: Verdict, slot: ClientSlot, now: float
    ) -> Answer | None:
        """Answer what no upstream is to hear of; None for the rest."""
        if verdict.action is Action.BLOCK:
            return self._blocked(query, verdict, slot, now)
        if verdict.local is not None:
            return _local(query, verdict, slot.policy, now)
        if query.question.qtype == codes.ANY:
            return Answer(answers.minimal_any(query, ttl_cap(slot.policy, now)), Outcome.LOCAL)
        if verdict.instead and query.question.qtype == codes.CNAME:
            return self._alias_alone(query, verdict, slot, now)
        return None

    def _alias_alone(self, query: Query, verdict: Verdict, slot: ClientSlot, now: float) -> Answer:
        """Answer where a rewritten name leads, if that may be reached."""
        target = verdict.instead
        leads = NOWHERE._replace(targets=(target,))
        verdict = decide_answer(query.question.name, codes.CNAME, leads, verdict, slot.policy)
        if verdict.action is Action.BLOCK:
            return self._blocked(query, verdict, slot, now)
        ttl_seconds = min(ALIAS_TTL_SECONDS, ttl_cap(slot.policy, now))
        return Answer(answers.alias(query, target, ttl_seconds), Outcome.LOCAL)

    def _passed_on(
        self,
        query: Query,
        verdict: Verdict,
        cached: Cached,
        slot: ClientSlot,
        now: float,
        steady: float,
        outcome: Outcome,
    ) -> Answer:
        """Answer with what an upstream has said, once it is seen where that leads (stage C)."""
        if verdict.instead:
            try:
                cached = self._rewritten.of(_to_ask(query, verdict), cached)
            except MalformedMessage:
                wire = answers.failure(query, codes.SERVFAIL, ((codes.EDE_NETWORK_ERROR, ""),))
                return Answer(wire, Outcome.FAILED)
        answer, policy = cached.answer, slot.policy
        leads = answer.leads
        if leads.targets or leads.is_private or (policy.checks_addresses and leads.addresses):
            name, qtype, _, _ = query.question
            verdict = decide_answer(name, qtype, leads, verdict, policy)
            if verdict.action is Action.BLOCK:
                return self._blocked(query, verdict, slot, now)
        if verdict.row is _PROTECTED:
            if verdict.rule.category == LIFELINE:
                wire = answers.render(answer, query, 0, LIFELINE_TTL_SECONDS)
                return Answer(wire, outcome, is_lifeline=True)
            if verdict.rule.text == CONNECTIVITY:
                slot.checks |= {verdict.listed}
        elif leads.has_ech and policy.ech is not None:
            answer = without_ech(answer, query.question.name)
            cached = cached._replace(answer=answer)
        age_seconds = cached.age_seconds(now, steady)
        wire = answers.render(answer, query, age_seconds, ttl_cap(policy, now))
        if answer.rcode not in _PASSED_ON:
            return Answer(wire, Outcome.FAILED)
        expires_at = now + cached.expires_at - steady
        return _new(Answer, (wire, outcome, None, cached, expires_at, False))

    def _blocked(self, query: Query, verdict: Verdict, slot: ClientSlot, now: float) -> Answer:
        if verdict.is_pending:
            return _pending(query, slot.policy, now)
        form = slot.memo.forms.form_for(query, verdict, slot.policy, now, self._clock.steady())
        return Answer(form.fill(query), Outcome.BLOCKED, form)


def _to_ask(query: Query, verdict: Verdict) -> Question:
    """Return what the upstreams and the cache are asked for a rewritten *query*."""
    return query.question._replace(name=verdict.instead)


def _pending(query: Query, policy: EffectivePolicy, now: float) -> Answer:
    """Answer a question that no list can judge yet: nothing here, ask again soon."""
    wire = answers.negative(
        query,
        codes.NOERROR,
        min(PENDING_TTL_SECONDS, ttl_cap(policy, now)),
        errors=((codes.EDE_NOT_READY, "Lists are being loaded"),),
    )
    return Answer(wire, Outcome.BLOCKED)


def _local(query: Query, verdict: Verdict, policy: EffectivePolicy, now: float) -> Answer:
    """Answer from what the config or the special names say (rows A2 and A3), or nothing (row B)."""
    local = verdict.local
    assert local is not None
    ttl_seconds = min(local.ttl_seconds, ttl_cap(policy, now))
    if local.rcode != codes.NOERROR:
        wire = answers.negative(query, local.rcode, ttl_seconds)
    elif local.pointer and query.question.qtype == codes.PTR:
        wire = answers.pointer(query, local.pointer, ttl_seconds)
    else:
        packed = [ip_address(text).packed for text in local.addresses]
        wire = answers.addresses(query, packed, ttl_seconds)
    return Answer(wire, Outcome.LOCAL)


_new = tuple.__new__  # what a named tuple's own __new__ does in twice the time
_REFUSED_TYPES: Final = (codes.AXFR, codes.IXFR, codes.OPT)
_PROTECTED: Final = Row.LIFELINE
_PASSED_ON: Final = (codes.NOERROR, codes.NXDOMAIN)
