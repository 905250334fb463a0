"""One upstream of a group: asks it, keeps its health and counters, says when its state changes."""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.health import Health, State
from filterdns.upstreams.probe import ProbeNames
from filterdns.upstreams.upstream import Tell, Upstream

log = logging.getLogger(__name__)

PROBES: Final = (
    8  # each reaches one of our workers by luck: of two, all miss this one 1 in 256 times
)


class Patience(NamedTuple):
    """How long one upstream is waited for, in seconds: usually, if it is down, for a probe."""

    attempt_seconds: float = 1.5
    retry_seconds: float = 0.75
    probe_seconds: float = 2.0


USUAL_PATIENCE: Final = Patience()


class Member:
    """An upstream with its health. Times are monotonic seconds."""

    __slots__ = ("_heard_at", "_is_closed", "_patience", "health", "upstream")

    def __init__(self, upstream: Upstream, patience: Patience) -> None:
        self.upstream = upstream
        self.health = Health()
        self._patience = patience
        self._heard_at = 0.0
        self._is_closed = False

    @property
    def is_up(self) -> bool:
        """Whether nothing speaks against it."""
        return self.health.state is State.UP

    @property
    def limit_seconds(self) -> float:
        """How long to wait for this upstream while another one could be asked."""
        return self._patience.attempt_seconds if self.is_up else self._patience.retry_seconds

    def ask(
        self,
        question: Question,
        now: float,
        deadline: float,
        tell: Tell,
    ) -> None:
        """Ask the upstream; whoever is told has to let `judge` hear it."""
        if self.health.state is not State.UP:
            self.health.try_again(now)
        self.upstream.ask(question, deadline, tell)

    def judge(self, said: bytes | UpstreamError, now: float, deadline: float) -> bool:
        """Count what came of a question that left at *now*; whether it is an answer to give.

        What another upstream might answer better is none.
        """
        if isinstance(said, bytes):
            self.upstream.counters.answered += 1
            health = self.health
            if not health.failures and health.state is State.UP and not is_poor(said):
                return True  # the usual case
            return self._judge_answer(said)
        if not isinstance(said, OutOfDescriptors):  # then it has not been asked
            self._failed(said, deadline - now, now)
        return False

    async def probe(self, names: ProbeNames, clock: Callable[[], float]) -> None:
        """Ask for names that only we know; whoever hears one meanwhile calls `hear_probe`."""
        for _ in range(PROBES):
            now = clock()
            question = Question(names.new_name(self.upstream.name, now), codes.TXT, False, False)
            try:
                deadline = now + self._patience.probe_seconds
                answer = await self.upstream.exchange(question, deadline)
            except UpstreamError:
                return  # says nothing about loops, and real questions tell the health
            if self._heard_at >= now:
                return
            self._judge_answer(answer)
        if self.health.looped_no_more():
            log.info("upstream %s no longer leads back to this filter", self.upstream.name)

    def hear_probe(self, now: float) -> None:
        """Note that a question which went to this upstream has arrived at our own listeners."""
        self._heard_at = now
        if self.health.looped():
            log.error(
                "upstream %s leads back to this filter and is not asked any more; "
                "name a resolver outside of this network instead",
                self.upstream.name,
            )

    async def close(self) -> None:
        """Close the upstream; what fails from now on is not its fault."""
        self._is_closed = True
        await self.upstream.close()

    def _judge_answer(self, answer: bytes) -> bool:
        health = self.health
        if is_poor(answer):
            # The name's fault as often as the upstream's: neither sick nor well.
            health.last_error = f"answered {_POOR_BY_RCODE[message.rcode(answer)]}"
            return False
        if health.answered():
            log.info("upstream %s answers again", self.upstream.name)
        return True

    def _failed(self, error: UpstreamError, granted_seconds: float, now: float) -> None:
        if self._is_closed:
            return
        counters = self.upstream.counters
        if error.ede_code == codes.EDE_NETWORK_ERROR:
            counters.network_errors += 1
        else:
            counters.timeouts += 1
            if granted_seconds < self._patience.retry_seconds:
                return  # nobody could have answered: the question came here with its last breath
        if self.health.failed(str(error), now):
            log.warning("upstream %s is down: %s", self.upstream.name, error)


def is_poor(answer: bytes) -> bool:
    """Whether another upstream might have a better answer."""
    return answer[3] & codes.RCODE_MASK in _POOR_BY_RCODE


_POOR_BY_RCODE: Final = {
    codes.FORMERR: "FORMERR",
    codes.SERVFAIL: "SERVFAIL",
    codes.NOTIMP: "NOTIMP",
    codes.REFUSED: "REFUSED",
}
