"""What every kind of upstream offers, and what the group promises to whoever asks it."""

from typing import Protocol

from filterdns.dns.question import Question


class Counters:
    """What happened with one upstream since the start, as plain numbers that only grow.

    The group counts *answered*, *timeouts*, *network_errors* and *failovers* (questions that went
    on to the next upstream); the upstream counts *misfits* (messages that fit no question),
    *retransmissions* and *tcp_retries*.
    """

    __slots__ = (
        "answered",
        "failovers",
        "misfits",
        "network_errors",
        "retransmissions",
        "tcp_retries",
        "timeouts",
    )

    def __init__(self) -> None:
        self.answered = 0
        self.failovers = 0
        self.misfits = 0
        self.network_errors = 0
        self.retransmissions = 0
        self.tcp_retries = 0
        self.timeouts = 0


class Upstream(Protocol):
    """A resolver that allowed questions are forwarded to.

    Not safe for threads: everything happens in the loop that was running when it was made.
    """

    @property
    def name(self) -> str:
        """How config, log and status call it: "9.9.9.9:53", "tcp://[2620:fe::fe]:53"."""

    @property
    def counters(self) -> Counters:
        """What happened so far."""

    @property
    def rtt_seconds(self) -> float:
        """The smoothed time from question to answer; 0 before the first answer."""

    async def exchange(
        self, question: Question, *, dnssec_ok: bool, checking_disabled: bool, deadline: float
    ) -> bytes:
        """Ask *question* and return the whole answer.

        The answer is as received but for its id, which is 0, and the name of its question, which is
        canonical. It holds for sure: QR 1, opcode 0, TC 0, exactly one question, equal to
        *question*. What follows the question has not been looked at.

        *deadline* is in monotonic seconds. Raises `UpstreamError` at the deadline (EDE 22) or as
        soon as the network says that there is no use in waiting (EDE 23), and when closed.
        """

    async def close(self) -> None:
        """Give up what is being asked and close all sockets. May be called twice."""
