"""Plain DNS over UDP from sockets that are soon retired, over TCP where UDP does not do.

A forger from elsewhere has to guess port, id and case (RFC 5452). One question under several ids
would help the forger (its section 5): whoever asks here merges equal questions.
"""

import asyncio
import socket
from typing import Final

from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams.casing import Casing
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.round_trip import RoundTrip
from filterdns.upstreams.stream import StreamUpstream
from filterdns.upstreams.udp_socket import Asked, Line, UdpSocket
from filterdns.upstreams.upstream import Counters, Tell, Upstream

MAX_SOCKETS: Final = 256  # beyond it the oldest gives its last questions to TCP
SWEEP_SECONDS: Final = 0.025


class UdpUpstream(Upstream):
    """An upstream that is asked over UDP; keeps the contract of `Upstream`.

    To be made inside a running loop.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(str(endpoint), Counters())
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        noise = Noise()
        self._line = Line(
            self.name,
            self.counters,
            noise,
            Casing(self.name, noise),
            RoundTrip(),
            self._loop,
            self._ask_over_tcp,
        )
        self._over_tcp = StreamUpstream(endpoint, self.counters)
        self._sockets: dict[UdpSocket, None] = {}  # all that are open, the oldest first
        self._current: UdpSocket | None = None
        self._unsent: list[tuple[UdpSocket, Asked]] = []
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def rtt_seconds(self) -> float:
        """The smoothed time from question to answer over UDP."""
        return self._line.round_trip.seconds

    @property
    def waiting(self) -> int:
        """How many questions wait for their answers over UDP."""
        return sum(opened.waiting for opened in self._sockets)

    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        """Ask *question*, up to three times by UDP, or by TCP if UDP brings nothing whole."""
        now = self._loop.time()
        chosen = self._current
        if chosen is None or not chosen.takes_more(now):
            try:
                chosen = self._open_socket(now)
            except UpstreamError as error:
                tell(error)
                return
        if self._sweep_timer is None:
            self._sweep_timer = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        asked = chosen.take(question, deadline, tell, now)
        # All of a turn of the loop leave together: the first wakes the upstream up, and the others
        # find it awake, which costs half as much.
        if not self._unsent:
            self._loop.call_soon(self._send_all)
        self._unsent.append((chosen, asked))

    async def close(self) -> None:
        """Give up what is being asked and close all sockets."""
        self._is_closed = True
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        for opened in tuple(self._sockets):
            opened.fail("closed")
        await self._over_tcp.close()

    def _send_all(self) -> None:
        unsent, self._unsent = self._unsent, []
        now = self._loop.time()
        for opened, asked in unsent:
            opened.send(asked, now)

    def _ask_over_tcp(self, asked: Asked) -> None:
        self.counters.tcp_retries += 1
        self._over_tcp.ask(asked.question, asked.deadline, asked.tell)

    def _open_socket(self, now: float) -> UdpSocket:
        if self._is_closed:
            raise UpstreamError(f"{self.name}: closed", codes.EDE_NETWORK_ERROR)
        if self._current is not None:
            self._current.retire()
        if len(self._sockets) >= MAX_SOCKETS:
            next(iter(self._sockets)).turn_to_tcp()
        try:
            connected = self._endpoint.open_socket(socket.SOCK_DGRAM)
        except OutOfDescriptors:
            # Better a port that is known for longer than no answer; a closed one is forgotten.
            if self._current is None or not self._current.takes_in_need:
                raise
            return self._current
        except OSError as error:
            why = f"{self.name}: {error.strerror}"
            raise UpstreamError(why, codes.EDE_NETWORK_ERROR) from None
        self._current = opened = UdpSocket(self._line, connected, now, self._forget)
        self._sockets[opened] = None
        return opened

    def _forget(self, closed: UdpSocket) -> None:
        self._sockets.pop(closed, None)
        if self._current is closed:
            self._current = None

    def _sweep(self) -> None:
        """Repeat what is due and end what is overdue.

        One timer for all questions: a timer each would cost more than all other bookkeeping. An end
        comes up to `SWEEP_SECONDS` late for that.
        """
        now = self._loop.time()
        for opened in tuple(self._sockets):
            opened.sweep(now)
        if self.waiting:
            self._sweep_timer = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        else:
            self._sweep_timer = None
