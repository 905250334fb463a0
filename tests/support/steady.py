"""Clients that ask without a pause, and what they see of a fault: lost, asked again, how long.

with steadily_asking(house.server, CLIENTS, "www.bet365.com") as seen:
    … kill something …
assert seen.lost == []
"""

import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

from tests.support.messages import query_bytes
from tests.support.peers import Endpoint

RETRY_SECONDS: Final = 1.0  # after which a client asks again, from the same port
LAST_ANSWER_SECONDS: Final = 3.0


class Seen:
    """What became of the queries. A query is named by its place in the order of sending."""

    def __init__(self) -> None:
        self.sent_at: list[float] = []
        self.answered_at: dict[int, float] = {}
        self.answers: dict[int, bytes] = {}
        self.retried: set[int] = set()

    @property
    def lost(self) -> list[int]:
        """The queries that were never answered, the second try included."""
        return [number for number in range(len(self.sent_at)) if number not in self.answered_at]

    @property
    def worst_wait(self) -> float:
        """The longest that a query waited for its answer, in seconds."""
        return max(at - self.sent_at[number] for number, at in self.answered_at.items())

    @property
    def worst_gap(self) -> float:
        """The longest time in seconds without an answer to anybody."""
        moments = sorted(self.answered_at.values())
        return max(late - early for early, late in pairwise(moments))

    def retried_after(self, moment: float) -> list[int]:
        """The queries sent after *moment* (monotonic) that had to be asked again."""
        return sorted(number for number in self.retried if self.sent_at[number] > moment)


@contextmanager
def steadily_asking(
    server: Endpoint, clients: Sequence[str], name: str, every_seconds: float = 0.005
) -> Iterator[Seen]:
    """Ask *name* every *every_seconds*, one of *clients* after the other, until the block ends.

    `Seen` is complete after it.
    """
    seen = Seen()
    is_over = threading.Event()
    asking = threading.Thread(
        target=_ask, args=(server, clients, name, every_seconds, seen, is_over)
    )
    asking.start()
    try:
        yield seen
    finally:
        is_over.set()
        asking.join()


def _ask(
    server: Endpoint,
    clients: Sequence[str],
    name: str,
    every_seconds: float,
    seen: Seen,
    is_over: threading.Event,
) -> None:
    sockets = [_socket(client) for client in clients]
    poller = select.poll()
    by_descriptor = {one.fileno(): one for one in sockets}
    for descriptor in by_descriptor:
        poller.register(descriptor, select.POLLIN)
    next_at = time.monotonic()
    last_at: float | None = None
    while last_at is None or (seen.lost and time.monotonic() < last_at):
        now = time.monotonic()
        if last_at is None and is_over.is_set():
            last_at = now + LAST_ANSWER_SECONDS
        while last_at is None and next_at <= now:
            number = len(seen.sent_at)
            seen.sent_at.append(now)
            _send(sockets[number % len(sockets)], number, name, server)
            next_at += every_seconds
        _retry(seen, sockets, name, server, now)
        for descriptor, _ in poller.poll(1):
            wire = by_descriptor[descriptor].recv(4096)
            number = _number(int.from_bytes(wire[:2]), len(seen.sent_at))
            seen.answered_at.setdefault(number, time.monotonic())
            seen.answers.setdefault(number, wire)
    for one in sockets:
        one.close()


def _retry(
    seen: Seen, sockets: Sequence[socket.socket], name: str, server: Endpoint, now: float
) -> None:
    late = len(seen.sent_at) - 1
    while late >= 0 and seen.sent_at[late] > now - 2 * RETRY_SECONDS:
        is_due = now - seen.sent_at[late] > RETRY_SECONDS
        if is_due and late not in seen.answered_at and late not in seen.retried:
            seen.retried.add(late)
            _send(sockets[late % len(sockets)], late, name, server)
        late -= 1


def _number(message_id: int, count: int) -> int:
    """Return which query of *count* an id belongs to: the last one that has it."""
    return message_id + (count - 1 - message_id) // 65_536 * 65_536


def _send(one: socket.socket, number: int, name: str, server: Endpoint) -> None:
    wire = query_bytes(name, "A", payload_size=1232, message_id=number % 65_536)
    one.sendto(wire, server)


def _socket(client: str) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((client, 0))
    one.setblocking(False)
    return one
