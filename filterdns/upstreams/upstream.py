"""What every kind of upstream offers, and what the group promises to whoever asks it.

An answer is told to a function of whoever asked: a task or a future for each question would cost
more than all that is done about it here.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from filterdns.dns.question import Question
from filterdns.errors import UpstreamError

Tell = Callable[[bytes | UpstreamError], None]
"""Hears what became of a question, exactly once: the answer, or why there is none."""


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


class Asks(ABC):
    """Something that can be asked a question: an upstream, or a group of them."""

    @abstractmethod
    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        """Ask *question* and *tell* the whole answer, maybe before this returns.

        The answer is as received but for its id, which is 0, and the name of its question, which is
        canonical. It holds for sure: QR 1, opcode 0, TC 0, exactly one question, equal to
        *question*. What follows the question has not been looked at.

        *deadline* is in monotonic seconds. An `UpstreamError` is told at the deadline (EDE 22), or
        as soon as the network says that there is no use in waiting (EDE 23), or when closed.
        """

    async def exchange(self, question: Question, deadline: float) -> bytes:
        """Ask *question* as `ask` does and return the answer, or raise the `UpstreamError`."""
        told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.ask(question, deadline, partial(_settle, told))
        try:
            return await told
        finally:
            del told  # an error keeps this frame, and would be kept by it


def _settle(told: asyncio.Future[bytes], said: bytes | UpstreamError) -> None:
    if told.done():  # whoever asked has left
        return
    if isinstance(said, bytes):
        told.set_result(said)
    else:
        told.set_exception(said)


class Upstream(Asks):
    """A resolver that allowed questions are forwarded to.

    *name* is how config, log and status call it: "9.9.9.9:53", "tcp://[2620:fe::fe]:53". Not safe
    for threads: everything happens in the loop that was running when it was made.
    """

    def __init__(self, name: str, counters: Counters) -> None:
        self.name = name
        self.counters = counters

    @property
    @abstractmethod
    def rtt_seconds(self) -> float:
        """The smoothed time from question to answer; 0 before the first answer."""

    @abstractmethod
    async def close(self) -> None:
        """Give up what is being asked and close all sockets. May be called twice."""
