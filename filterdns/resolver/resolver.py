"""The hub: verdict, cache, verdict about the answer, message. One order for every transport.

`try_answer` does all that needs no waiting; `answer` goes on where it had nothing to say. After
every await the policy and the verdict are taken again, so no answer leaves under a policy that has
ended.
"""

import time
from ipaddress import ip_address
from typing import Final, Protocol

from filterdns.clock import Times
from filterdns.dns import answers, codes, names
from filterdns.dns.edns import Errors
from filterdns.dns.question import Query, Question
from filterdns.dns.response import read_response
from filterdns.errors import MalformedMessage, UpstreamError
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.verdict import LIFELINE, Action, AnswerMode, Verdict
from filterdns.resolver.answer import Answer, Outcome, ttl_cap
from filterdns.resolver.cache import Cache, Cached, Key
from filterdns.resolver.client_slot import ClientSlot, ClientSlots
from filterdns.resolver.inflight import InFlight
from filterdns.resolver.record import BlockedRecord

BLOCKED_TTL_SECONDS: Final = 30
BLOCKED_REPEAT_SECONDS: Final = 3600  # from the memo, without looking at the rules again
PENDING_TTL_SECONDS: Final = 5
ZERO_ADDRESSES: Final = (bytes(4), bytes(16))
LIFELINE_TTL_SECONDS: Final = 60  # always the same, so that it tells nobody who asked before
DEADLINE_SECONDS: Final = 4.5  # stub resolvers give up, or ask another server, after 5 s


class Exchange(Protocol):
    """What forwards a question: see `upstreams/group.py`."""

    async def exchange(
        self, question: Question, *, dnssec_ok: bool, checking_disabled: bool, deadline: float
    ) -> bytes:
        """Return the upstream's whole message, or raise `UpstreamError`."""
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
        upstreams: Exchange,
        clock: Times,
        in_flight_limit: int,
    ) -> None:
        self.slots = slots
        self.cache = cache
        self.upstreams = upstreams
        self.in_flight = InFlight(self._fetch, in_flight_limit)
        self._clock = clock

    def try_answer(
        self, query: Query, policy: EffectivePolicy, now: float, fetched: Cached | None = None
    ) -> Answer | None:
        """Answer *query* without waiting; None where the upstreams have to be asked.

        *fetched* is what they have just said; with it there is always an answer.
        """
        refusal = _refusal(query)
        if refusal is not None:
            return refusal
        name, qtype, _ = query.question
        if self.upstreams.is_own_probe(name):  # REFUSED, which nobody on the way back caches
            return Answer(answers.failure(query, codes.REFUSED), Outcome.REFUSED)
        verdict = decide(name, qtype, policy)
        if verdict.action is Action.BLOCK:
            return _blocked(query, verdict, policy, now)
        if verdict.local is not None:
            return _local(query, verdict, policy, now)
        if qtype == codes.ANY:
            return Answer(answers.minimal_any(query, ttl_cap(policy, now)), Outcome.LOCAL)
        steady = self._clock.steady()
        cached = fetched or self.cache.get(_key(query), steady)
        if cached is None:
            return None
        expires_at = now + cached.expires_at - steady
        if cached.answer.targets:
            verdict = decide_answer(cached.answer.targets, verdict, policy)
            if verdict.action is Action.BLOCK:
                blocked = _blocked(query, verdict, policy, now)
                return blocked._replace(expires_at=min(blocked.expires_at, expires_at))
        outcome = Outcome.FORWARDED if fetched else Outcome.CACHED
        if verdict.rule.category == LIFELINE:
            wire = answers.render(cached.answer, query, 0, LIFELINE_TTL_SECONDS)
            return Answer(wire, outcome, is_lifeline=True)
        age_seconds = cached.age_seconds(now, steady)
        wire = answers.render(cached.answer, query, age_seconds, ttl_cap(policy, now))
        if cached.answer.rcode not in (codes.NOERROR, codes.NXDOMAIN):
            return Answer(wire, Outcome.FAILED)
        return Answer(wire, outcome, cached=cached, expires_at=expires_at)

    async def answer(self, query: Query, slot: ClientSlot) -> Answer:
        """Answer *query* of the client behind *slot*, for which `try_answer` has just had none."""
        try:
            fetched = await self.in_flight.fetch(_key(query), time.monotonic() + DEADLINE_SECONDS)
        except UpstreamError as error:
            wire = answers.failure(query, codes.SERVFAIL, ((error.ede_code, ""),))
            policy = self.slots.slot_for(slot.address, self._clock.now()).policy
            verdict = decide(query.question.name, query.question.qtype, policy)
            is_lifeline = verdict.rule.category == LIFELINE  # who looks for help is left alone
            return Answer(wire, Outcome.FAILED, is_lifeline=is_lifeline)
        now = self._clock.now()
        answer = self.try_answer(query, self.slots.slot_for(slot.address, now).policy, now, fetched)
        assert answer is not None
        return answer

    async def _fetch(self, key: Key, deadline: float) -> Cached:
        name, qtype, dnssec_ok, checking_disabled = key
        wire = await self.upstreams.exchange(
            Question(name, qtype, codes.IN),
            dnssec_ok=dnssec_ok,
            checking_disabled=checking_disabled,
            deadline=deadline,
        )
        try:
            answer = read_response(wire)
        except MalformedMessage as error:
            raise UpstreamError(str(error), codes.EDE_NETWORK_ERROR) from None
        return self.cache.put(key, answer, self._clock.steady())


def _key(query: Query) -> Key:
    name, qtype, _ = query.question
    edns = query.edns
    return name, qtype, edns is not None and edns.dnssec_ok, bool(query.flags & codes.CD)


def _refusal(query: Query) -> Answer | None:
    """Answer what is refused whoever asks: other classes, zone transfers, a later EDNS."""
    edns = query.edns
    if edns is not None and edns.version:  # RFC 6891 section 6.1.3
        return Answer(answers.failure(query, codes.BADVERS), Outcome.REFUSED)
    _, qtype, qclass = query.question
    if qclass != codes.IN or qtype in (codes.AXFR, codes.IXFR, codes.OPT):
        return Answer(answers.failure(query, codes.REFUSED), Outcome.REFUSED)
    return None


def _blocked(query: Query, verdict: Verdict, policy: EffectivePolicy, now: float) -> Answer:
    """Answer a blocked question as the policy says (RFC 8914 section 4.5 for the order of errors).

    The TTL ends with the policy. The answer may be repeated as it is until that makes it shorter.
    """
    if verdict.is_pending:
        return _pending(query, policy, now)
    ttl_seconds = min(BLOCKED_TTL_SECONDS, ttl_cap(policy, now))
    reason: Errors = ((codes.EDE_BLOCKED, verdict.rule.reason),)
    mode = verdict.answer or policy.answer
    if mode is AnswerMode.ZERO_IP and query.question.qtype in (codes.A, codes.AAAA):
        forged: Errors = ((codes.EDE_FORGED_ANSWER, ""), *reason)
        wire = answers.addresses(query, ZERO_ADDRESSES, ttl_seconds, forged)
    else:
        rcode = codes.NXDOMAIN if mode is AnswerMode.NXDOMAIN else codes.NOERROR
        # After an alias the entry that matched is another name's: the SOA stands at the question's.
        is_above = names.is_below_or_equal(query.question.name, verdict.listed)
        apex = verdict.listed if is_above else b""
        wire = answers.negative(query, rcode, ttl_seconds, apex=apex, errors=reason)
    rule = verdict.rule
    record = BlockedRecord(
        query.question.name, verdict.listed, rule.category, verdict.row.value, rule.text
    )
    repeatable_until = min(policy.valid_until - BLOCKED_TTL_SECONDS, now + BLOCKED_REPEAT_SECONDS)
    return Answer(wire, Outcome.BLOCKED, record, expires_at=repeatable_until)


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
    """Answer from what the config or the special names say (rows A2 and A3)."""
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
