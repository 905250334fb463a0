"""Asks questions at a steady rate, as many clients, and says what came of each.

A question without an answer is asked again after a second, three times in all, from the same port
with the same id, as stub resolvers do (see `soak.load`).
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import Final, Generic, Protocol, TypeVar

from soak.stream import Stream
from soak.transports import Datagrams

ATTEMPT_SECONDS: Final = 1.0
ATTEMPTS: Final = 3
SENT_AT_ONCE: Final = 50  # then answers are taken, however late we are
BEHIND_SECONDS: Final = 0.5  # of the plan; what is missing then is given up, not sent in a burst
TOLD_EVERY_SECONDS: Final = 0.5
SLEEP_SECONDS: Final = 0.001


class Ask(Protocol):
    """What is asked: from which address, and the wire behind the id."""

    @property
    def address(self) -> str:
        """Whose question it is."""
        ...

    @property
    def tail(self) -> bytes:
        """The message behind its id."""
        ...


AnyAsk = TypeVar("AnyAsk", bound=Ask)


class Asked(Generic[AnyAsk]):
    """A question under way. *asked_at* is when it was first sent, in monotonic seconds."""

    __slots__ = ("ask", "asked_at", "attempts", "is_over", "key", "socket")

    def __init__(self, ask: AnyAsk, key: int, sock: socket.socket | Stream, at: float) -> None:
        self.ask = ask
        self.key = key
        self.socket = sock
        self.asked_at = at
        self.attempts = 1
        self.is_over = False


class Asker(Generic[AnyAsk]):
    """Asks *server* what *take* returns, *rate* times a second.

    Each address has sockets for UDP and perhaps streams, which are used alike.

    *hear* gets each answer with the moment at which it came, and says whether it is one: a
    question that has none is asked again. *retried*, *lost* and *strays* count what went wrong.
    """

    def __init__(
        self,
        server: tuple[str, int],
        addresses: Sequence[str],
        rate: float,
        take: Callable[[], AnyAsk],
        hear: Callable[[Asked[AnyAsk], bytes, float], bool],
        lose: Callable[[AnyAsk], None] = lambda _: None,
        *,
        sockets_per_address: int = 2,
        streams_per_address: int = 0,
        seed: int = 1,
    ) -> None:
        self.sent = self.answered = self.retried = self.lost = self.strays = 0
        self.is_stopping = False
        self._rate = rate
        self._take = take
        self._hear = hear
        self._lose = lose
        self._random = Random(seed)
        self._selector = selectors.EpollSelector()
        self._under_way: dict[int, Asked[AnyAsk]] = {}
        self._due: deque[tuple[float, Asked[AnyAsk]]] = deque()
        self._sockets: dict[str, list[tuple[int, socket.socket | Stream]]] = {}
        self._next_id = self._random.randrange(1 << 16)
        numbers = count()
        for address in addresses:
            self._sockets[address] = [
                *(self._open(next(numbers), address, server) for _ in range(sockets_per_address)),
                *(
                    self._connect(next(numbers), address, server)
                    for _ in range(streams_per_address)
                ),
            ]

    def run(self, queries: float, tell: Callable[[], None]) -> None:
        """Ask *queries* questions, or until `is_stopping`; return when nothing is under way.

        *tell* is called twice a second.
        """
        started = told_at = time.monotonic()
        while True:
            now = time.monotonic()
            is_asking = self.sent < queries and not self.is_stopping
            if is_asking:
                started = self._send_due(started, now, queries)
            elif not self._under_way:
                return
            for key, events in self._selector.select(SLEEP_SECONDS):
                key.data.on_event(events)
            now = time.monotonic()
            self._ask_again(now)
            if now - told_at >= TOLD_EVERY_SECONDS:
                told_at = now
                tell()

    def close(self) -> None:
        """Close all sockets."""
        for sockets in self._sockets.values():
            for _, sock in sockets:
                sock.close()
        self._selector.close()

    def _open(
        self, number: int, address: str, server: tuple[str, int]
    ) -> tuple[int, socket.socket]:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.setblocking(False)
        sock.bind((address, 0))
        sock.connect(server)
        base = number << 16
        datagrams = Datagrams(sock, base, self._answer, lambda: None)
        self._selector.register(sock, selectors.EVENT_READ, datagrams)
        return base, sock

    def _connect(self, number: int, address: str, server: tuple[str, int]) -> tuple[int, Stream]:
        base = number << 16
        return base, Stream(self._selector, (address, server), base, self._answer)

    def _send_due(self, started: float, now: float, queries: float) -> float:
        """Send what is due; return when it all began, later if we could not keep up."""
        due = int((now - started) * self._rate) - self.sent
        late_seconds = due / self._rate - BEHIND_SECONDS
        for _ in range(int(min(due, SENT_AT_ONCE, queries - self.sent))):
            self._send_one(self._take(), now)
        return started + max(0.0, late_seconds)

    def _send_one(self, ask: AnyAsk, now: float) -> None:
        base, sock = self._random.choice(self._sockets[ask.address])
        while True:
            self._next_id = (self._next_id + 1) & 0xFFFF
            key = base | self._next_id
            if key not in self._under_way:
                break
        asked = Asked(ask, key, sock, now)
        self._under_way[key] = asked
        self._due.append((now + ATTEMPT_SECONDS, asked))
        self.sent += 1
        self._send(asked)

    def _send(self, asked: Asked[AnyAsk]) -> None:
        try:
            asked.socket.send((asked.key & 0xFFFF).to_bytes(2) + asked.ask.tail)
        except OSError:
            return  # nobody is there at the moment, or the queue is full: asked again in a second

    def _ask_again(self, now: float) -> None:
        due = self._due
        while due and due[0][0] <= now:
            _, asked = due.popleft()
            if asked.is_over:
                continue
            if asked.attempts == ATTEMPTS:
                self._end(asked)
                self.lost += 1
                self._lose(asked.ask)
                continue
            asked.attempts += 1
            self.retried += 1
            self._send(asked)
            due.append((now + ATTEMPT_SECONDS, asked))

    def _answer(self, key: int, wire: bytes) -> None:
        asked = self._under_way.get(key)
        if asked is None:
            self.strays += 1  # the second answer to what was asked again
        elif self._hear(asked, wire, time.monotonic()):
            self.answered += 1
            self._end(asked)

    def _end(self, asked: Asked[AnyAsk]) -> None:
        asked.is_over = True
        del self._under_way[asked.key]
