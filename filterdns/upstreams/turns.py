"""One question on its way from upstream to upstream, until one has an answer."""

import time
from collections.abc import Sequence

from filterdns.descriptors import Shortage
from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams.member import Member
from filterdns.upstreams.upstream import Tell


class Turns:
    """Asks *members* in their order; *tell* hears the first good answer.

    Else it hears the first poor one, else an `UpstreamError` of all that went wrong: EDE 23 if the
    network refused every attempt, else 22. *deadline* is in monotonic seconds.
    """

    __slots__ = (
        "_asked_at", "_deadline", "_errors", "_member", "_members", "_next", "_poor_answer",
        "_question", "_shortage", "_tell", "_until",
    )  # fmt: skip

    def __init__(
        self,
        members: Sequence[Member],
        question: Question,
        deadline: float,
        tell: Tell,
        shortage: Shortage,
    ) -> None:
        self._members = members
        self._question = question
        self._deadline = deadline
        self._tell = tell
        self._shortage = shortage
        self._next = 0
        self._member: Member | None = None
        self._poor_answer: bytes | None = None
        self._errors: list[UpstreamError] | None = None

    def take(self, now: float) -> None:
        """Ask whose turn it is; tell what there is where nobody is left."""
        members, at = self._members, self._next
        count = len(members)
        while at < count:
            member = members[at]
            at += 1
            if self._poor_answer is not None and not member.is_up:
                continue  # not worth the wait: there is something to give
            if self._member is not None:
                self._member.upstream.counters.failovers += 1
            until = self._deadline
            if at < count or self._poor_answer is not None:
                until = min(until, now + member.limit_seconds)
            self._next = at
            self._member = member
            self._asked_at = now
            self._until = until
            member.ask(self._question, now, until, self._heard)
            return
        self._tell(
            _no_answer(self._errors or ()) if self._poor_answer is None else self._poor_answer
        )

    def _heard(self, said: bytes | UpstreamError) -> None:
        assert self._member is not None
        if self._member.judge(said, self._asked_at, self._until):
            self._tell(said)
            return
        if isinstance(said, bytes):
            self._poor_answer = self._poor_answer or said
        else:
            if isinstance(said, OutOfDescriptors):
                self._shortage.tell("questions to the upstreams")
            self._errors = [*(self._errors or ()), said]
        now = time.monotonic()
        if now >= self._deadline:
            self._next = len(self._members)
        self.take(now)


def _no_answer(errors: Sequence[UpstreamError]) -> UpstreamError:
    if not errors:
        return UpstreamError("every upstream leads back to this filter")
    is_network = all(error.ede_code == codes.EDE_NETWORK_ERROR for error in errors)
    code = codes.EDE_NETWORK_ERROR if is_network else codes.EDE_NO_REACHABLE_AUTHORITY
    return UpstreamError("; ".join(str(error) for error in errors), code)
