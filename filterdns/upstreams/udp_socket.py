"""One connected UDP socket: the questions that went out through it, and what comes back.

The kernel picks the port and drops what comes from another source. A socket is retired after 32
questions or 10 s, so nobody has the time to find its port; it never uses an id twice, and a
repetition has the id of the first. Each message that fits nothing may be a guess: after ten, all
its questions go to TCP.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.question import DATAGRAM_SIZE, Question
from filterdns.errors import UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.casing import Casing
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.round_trip import RoundTrip
from filterdns.upstreams.upstream import Counters, Tell

MAX_QUESTIONS: Final = 32
MAX_QUESTIONS_IN_NEED: Final = 512
LIFETIME_SECONDS: Final = 10.0
MAX_MISFITS: Final = 10
MAX_SENDS: Final = 3
DATAGRAMS_PER_WAKE_UP: Final = 64


class Line(NamedTuple):
    """What all sockets that lead to one upstream share; *to_tcp* asks over TCP instead."""

    upstream: str
    counters: Counters
    noise: Noise
    casing: Casing
    round_trip: RoundTrip
    loop: asyncio.AbstractEventLoop
    to_tcp: Callable[["Asked"], None]


class UdpSocket:
    """A socket with its questions; closes itself when retired and all are settled.

    *waiting* is how many are not settled. *on_closed* is told once.
    """

    __slots__ = (
        "_asked_by_id",
        "_is_closed",
        "_is_retired",
        "_line",
        "_misfits",
        "_on_closed",
        "_opened_at",
        "_socket",
        "waiting",
    )

    def __init__(
        self,
        line: Line,
        connected: socket.socket,
        now: float,
        on_closed: Callable[["UdpSocket"], None],
    ) -> None:
        self.waiting = 0
        self._line = line
        self._socket = connected
        self._opened_at = now
        self._on_closed = on_closed
        self._asked_by_id: dict[bytes, Asked | None] = {}  # None: settled, the id stays taken
        self._misfits = 0
        self._is_retired = False
        self._is_closed = False
        # By number: for an object the loop first writes an error text that nobody reads.
        line.loop.add_reader(connected.fileno(), self._read)

    def takes_more(self, now: float) -> bool:
        """Whether another question may go out here."""
        return len(self._asked_by_id) < MAX_QUESTIONS and now < self._opened_at + LIFETIME_SECONDS

    @property
    def takes_in_need(self) -> bool:
        """Whether another question may go out here because no socket can be had, and only then."""
        return len(self._asked_by_id) < MAX_QUESTIONS_IN_NEED

    def take(self, question: Question, deadline: float, tell: Tell, now: float) -> "Asked":
        """Make *question* ready to `send`; *tell* hears the answer, or TCP is asked instead."""
        line = self._line
        asked_by_id = self._asked_by_id
        query_id = line.noise.take(2)
        while query_id in asked_by_id:
            query_id = line.noise.take(2)
        section = message.write_question(question, line.casing.mix(question.name))
        query = message.write_query(query_id, section, question)
        asked_by_id[query_id] = asked = Asked(question, section, query, deadline, tell, now)
        self.waiting += 1
        return asked

    def send(self, asked: "Asked", now: float) -> None:
        """Send *asked*, once more if it is due again; until then it is waited for."""
        if self._is_closed:
            return
        asked.sends += 1
        patience = self._line.round_trip.patience_seconds * asked.sends
        is_last = asked.sends >= MAX_SENDS
        asked.due_at = asked.deadline if is_last else min(now + patience, asked.deadline)
        try:
            self._socket.send(asked.query)
        except BlockingIOError:
            pass  # as good as lost on the way: it is repeated
        except OSError as error:
            self.fail(error.strerror or str(error))

    def sweep(self, now: float) -> None:
        """Repeat the questions that are due, end those whose deadline has come."""
        for query_id, asked in tuple(self._asked_by_id.items()) if self.waiting else ():
            if asked is None or now < asked.due_at:
                continue
            if now < asked.deadline:
                self._line.counters.retransmissions += 1
                self.send(asked, now)
            else:
                self._settle(query_id)
                asked.tell(self._error("no answer in time", codes.EDE_NO_REACHABLE_AUTHORITY))
            if self._is_closed:
                return

    def retire(self) -> None:
        """Take no more questions; close as soon as none waits."""
        self._is_retired = True
        if not self.waiting:
            self._close()

    def turn_to_tcp(self) -> None:
        """Give all waiting questions to TCP and close."""
        for asked in self._close():
            self._line.to_tcp(asked)

    def fail(self, why: str) -> None:
        """Fail all waiting questions and close."""
        for asked in self._close():
            asked.tell(self._error(why, codes.EDE_NETWORK_ERROR))

    def _error(self, why: str, ede_code: int) -> UpstreamError:
        return UpstreamError(f"{self._line.upstream}: {why}", ede_code)

    def _read(self) -> None:
        receive = self._socket.recv
        now = self._line.loop.time()
        try:
            for _ in range(DATAGRAMS_PER_WAKE_UP):
                self._take(receive(DATAGRAM_SIZE + 1), now)
                if not self.waiting:  # closed, or the next read would most likely find nothing
                    return
        except BlockingIOError:
            return
        except OSError as error:  # an ICMP error among them: nobody listens there
            self.fail(error.strerror or str(error))

    def _take(self, received: bytes, now: float) -> None:
        """Settle the question that *received* answers, if any."""
        query_id = received[:2]
        asked = self._asked_by_id.get(query_id)
        if asked is None:
            if query_id not in self._asked_by_id:  # else it answers a repetition and is no guess
                self._count_misfit()
            return
        line = self._line
        section = asked.section
        if message.fits(received, section):
            self._settle(query_id)
            if asked.sends == 1:
                line.round_trip.measure(now - asked.sent_at)
            line.casing.came_back(section)
            # What is longer than we said that we take has been cut by the kernel.
            if len(received) <= DATAGRAM_SIZE and not received[2] & _TC:
                asked.tell(message.settle(received, asked.question.name))
            else:
                line.to_tcp(asked)
        elif message.fits_in_any_case(received, asked.section):
            line.counters.misfits += 1
            self._settle(query_id)
            line.casing.came_changed()
            line.to_tcp(asked)
        else:
            self._count_misfit()

    def _count_misfit(self) -> None:
        self._line.counters.misfits += 1
        self._misfits += 1
        if self._misfits >= MAX_MISFITS:
            self.turn_to_tcp()

    def _settle(self, query_id: bytes) -> None:
        self._asked_by_id[query_id] = None
        self.waiting -= 1
        if self._is_retired and not self.waiting:
            self._close()

    def _close(self) -> list["Asked"]:
        """Close the socket and return the questions that still wait, none the second time."""
        if self._is_closed:
            return []
        self._is_closed = True
        self._line.loop.remove_reader(self._socket.fileno())
        self._socket.close()
        left = [asked for asked in self._asked_by_id.values() if asked is not None]
        self._asked_by_id = {}
        self.waiting = 0
        self._on_closed(self)
        return left


class Asked:
    """A question to one upstream: who is told its answer, its bytes, when something is due.

    *section* is the question as sent, in mixed case. *deadline* is in monotonic seconds.
    """

    __slots__ = (
        "deadline", "due_at", "query", "question", "section", "sends", "sent_at", "tell",
    )  # fmt: skip

    def __init__(
        self,
        question: Question,
        section: bytes,
        query: bytes,
        deadline: float,
        tell: Tell,
        now: float,
    ) -> None:
        self.question = question
        self.section = section
        self.query = query
        self.deadline = self.due_at = deadline
        self.tell = tell
        self.sent_at = now
        self.sends = 0


_TC: Final = codes.TC >> 8
