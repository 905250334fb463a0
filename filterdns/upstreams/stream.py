"""Plain DNS over TCP (RFC 7766): few connections, used again, many questions at once on each."""

import asyncio
from typing import Final

from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.tasks import Tasks
from filterdns.upstreams.connection import Connection
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.round_trip import RoundTrip
from filterdns.upstreams.upstream import Counters, Tell, Upstream

MAX_CONNECTIONS: Final = 4
BUSY: Final = 16  # questions on a connection that make another worth opening
MAX_WAITING: Final = 256  # questions on one connection


class StreamUpstream(Upstream):
    """An upstream that is asked over TCP; keeps the contract of `Upstream`.

    Connects when first asked. To be made inside a running loop.
    """

    def __init__(self, endpoint: Endpoint, counters: Counters | None = None) -> None:
        super().__init__(f"tcp://{endpoint}", Counters() if counters is None else counters)
        self._asking = Tasks()
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._noise = Noise()
        self._round_trip = RoundTrip()
        self._connections: list[Connection] = []
        self._is_closed = False

    @property
    def rtt_seconds(self) -> float:
        """The smoothed time from question to answer, connecting included."""
        return self._round_trip.seconds

    @property
    def waiting(self) -> int:
        """How many questions wait for their answers."""
        return sum(connection.waiting for connection in self._connections)

    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        """Ask *question*, once more over a new connection if the peer closes a used one."""
        self._asking.spawn(self._ask(question, deadline, tell))

    async def _ask(self, question: Question, deadline: float, tell: Tell) -> None:
        asked_at = self._loop.time()
        try:
            connection = self._connection()
            try:
                answer = await connection.ask(question, deadline)
            except UpstreamError:
                # A server may close an idle connection just while we ask (RFC 7766 section 6.2.4).
                if not connection.has_answered or self._loop.time() >= deadline:
                    raise
                again = self._connection()
                answer = await again.ask(question, deadline)
        except UpstreamError as error:
            tell(error.with_traceback(None))  # which leads back here, in a circle
            return
        except Exception:  # a bug: whoever waits has to hear of it, or waits for ever
            tell(UpstreamError(f"{self.name}: an unexpected error", codes.EDE_NETWORK_ERROR))
            raise
        self._round_trip.measure(self._loop.time() - asked_at)
        tell(answer)

    async def close(self) -> None:
        """Give up what is being asked and close all connections."""
        self._is_closed = True
        for connection in tuple(self._connections):
            connection.close("closed")

    def _connection(self) -> Connection:
        """Return the connection with the fewest questions, a new one if all are busy."""
        if self._is_closed:
            raise UpstreamError(f"{self.name}: closed", codes.EDE_NETWORK_ERROR)
        best = min(self._connections, key=lambda each: each.waiting, default=None)
        if best is None or (best.waiting >= BUSY and len(self._connections) < MAX_CONNECTIONS):
            try:
                best = Connection(
                    self.name, self._endpoint, self.counters, self._noise, self._connections.remove
                )
                self._connections.append(best)
            except OutOfDescriptors:
                if best is None:
                    raise
        if best.waiting >= MAX_WAITING:
            raise UpstreamError(f"{self.name}: too many questions wait", codes.EDE_NETWORK_ERROR)
        return best
