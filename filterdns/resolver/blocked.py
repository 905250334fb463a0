"""Answers to blocked questions: for all names that one rule blocks the same but for the question.

So an answer is a form that is filled in: made once, for thousands of names. That is cheaper than to
put each one together, and lets the memo keep a blocked name in no more than its own bytes.
"""

from typing import Final

from filterdns.dns import answers, codes, names
from filterdns.dns.edns import Errors
from filterdns.dns.question import HEADER_LENGTH, Query
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.verdict import SEALED_RULE, AnswerMode, Row, Rule, Verdict
from filterdns.resolver.record import Cause
from filterdns.resolver.ttl import ttl_cap

BLOCKED_TTL_SECONDS: Final = 30
REPEAT_SECONDS: Final = 3600  # without looking at the rules again
MAX_FORMS: Final = 512  # of one policy; usual are a handful
ZERO_ADDRESSES: Final = (bytes(4), bytes(16))

_Key = tuple[int, int, int, Row, Rule, AnswerMode | None, int]


class BlockedForm:
    """An answer without id and question: *head* stands between them, *rest* behind.

    *cause* is what the log keeps. The form holds for *second* (Unix) for sure, after `refresh` for
    that of its argument. In a plain query the question ends at *question_end*, its name at
    *name_end*, both counted from the end of the message.
    """

    __slots__ = (
        "_ends_at", "_expires_second", "cause", "head", "name_end", "question_end", "rest",
        "second",
    )  # fmt: skip

    def __init__(
        self, wire: bytes, query: Query, cause: Cause, now: float, steady: float, until: float
    ) -> None:
        self.cause = cause
        self.head = wire[2:HEADER_LENGTH]
        self.rest = wire[query.question_end :]
        self.question_end = None if query.edns is None else -_OPT_LENGTH
        self.name_end = (self.question_end or 0) - _TYPE_AND_CLASS_LENGTH
        self.second = int(now)
        self._expires_second = int(until)
        self._ends_at = steady + until - now

    @property
    def is_repeatable(self) -> bool:
        """Whether it holds beyond the moment that it was made for."""
        return self.second < self._expires_second

    def fill(self, query: Query) -> bytes:
        """Return the answer to *query*."""
        wire = query.wire
        return wire[:2] + self.head + wire[HEADER_LENGTH : query.question_end] + self.rest

    def refresh(self, _policy: EffectivePolicy, now: float, steady: float) -> bool:
        """Whether it still holds; a clock that was set does not keep it for longer."""
        second = int(now)
        if second >= self._expires_second or steady >= self._ends_at:
            return False
        self.second = second
        return True


class BlockedForms:
    """The forms of one effective policy, made when they are needed first."""

    __slots__ = ("_causes", "_forms")

    def __init__(self) -> None:
        self._forms: dict[_Key, BlockedForm] = {}
        self._causes: dict[tuple[Row, Rule, int], Cause] = {}

    def __len__(self) -> int:
        return len(self._forms)

    def form_for(
        self, query: Query, verdict: Verdict, policy: EffectivePolicy, now: float, steady: float
    ) -> BlockedForm:
        """Return the form that answers *query*, which *verdict* blocks under *policy*."""
        name, qtype, dnssec_ok, _ = query.question
        length = len(verdict.listed)
        if length and not (length == len(name) or names.is_below_or_equal(name, verdict.listed)):
            length = 0  # after an alias the entry that matched is another name's
        is_address = (
            qtype in _ADDRESS_TYPES and (verdict.answer or policy.answer) is AnswerMode.ZERO_IP
        )
        key = (
            query.flags & _COPIED_FLAGS | (0 if query.edns is None else 2 if dnssec_ok else 1),
            qtype if is_address else 0,
            0 if is_address else query.question_end - length,  # where the SOA's owner stands
            verdict.row,
            verdict.rule,
            verdict.answer,
            length,
        )
        form = self._forms.get(key)
        if form is not None and (form.second == int(now) or form.refresh(policy, now, steady)):
            return form
        return self._make(key, query, verdict, policy, now, steady)

    def clear(self) -> None:
        """Forget all: the seconds that they are true for come again."""
        self._forms.clear()

    def _make(
        self,
        key: _Key,
        query: Query,
        verdict: Verdict,
        policy: EffectivePolicy,
        now: float,
        steady: float,
    ) -> BlockedForm:
        length = key[-1]
        wire = _answer(query, verdict, policy, now, length)
        if len(self._forms) >= MAX_FORMS:
            self._forms.clear()
            self._causes.clear()
        of_cause = (verdict.row, verdict.rule, length)
        cause = self._causes.get(of_cause)
        if cause is None:
            rule = verdict.rule
            is_sealed = rule is SEALED_RULE  # of an alias, too
            cause = Cause(rule.category, verdict.row.value, rule.text, length, is_sealed=is_sealed)
            self._causes[of_cause] = cause
        # It may be repeated as it is until the policy's end makes the TTL shorter; not at all if
        # an alias leads there, which may lead elsewhere soon, or where nobody is to learn from a
        # memo who looked for help.
        until = min(policy.valid_until - BLOCKED_TTL_SECONDS, now + REPEAT_SECONDS)
        if verdict.row is Row.ANSWER or cause.is_lifeline:
            until = now
        form = BlockedForm(wire, query, cause, now, steady, until)
        if form.is_repeatable:
            self._forms[key] = form
        return form


def _answer(
    query: Query, verdict: Verdict, policy: EffectivePolicy, now: float, listed_length: int
) -> bytes:
    """Answer a blocked question as the policy says (RFC 8914 section 4.5 for the order of errors).

    The TTL ends with the policy.
    """
    ttl_seconds = min(BLOCKED_TTL_SECONDS, ttl_cap(policy, now))
    reason: Errors = ((codes.EDE_BLOCKED, verdict.rule.reason),)
    mode = verdict.answer or policy.answer
    if mode is AnswerMode.ZERO_IP and query.question.qtype in _ADDRESS_TYPES:
        forged: Errors = ((codes.EDE_FORGED_ANSWER, ""), *reason)
        return answers.addresses(query, ZERO_ADDRESSES, ttl_seconds, forged)
    rcode = codes.NXDOMAIN if mode is AnswerMode.NXDOMAIN else codes.NOERROR
    apex = verdict.listed if listed_length else b""
    return answers.negative(query, rcode, ttl_seconds, apex=apex, errors=reason)


_ADDRESS_TYPES: Final = (codes.A, codes.AAAA)
_COPIED_FLAGS: Final = codes.RD | codes.CD  # neither is bit 0 or 1
_OPT_LENGTH: Final = 11
_TYPE_AND_CLASS_LENGTH: Final = 4
