"""Asks every question twice at the same moment: as it is, and on the slow road.

Both go over UDP or TCP, by chance. A batch is sent at once and waited for.
"""

import select
import socket
import time
from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple, Self

from filterdns.dns.framing import Deframer, frame
from soak.any_question import AnyQuestion

ATTEMPT_SECONDS: Final = 1.0
ATTEMPTS: Final = 3
FAST_TCP_SHARE: Final = 0.25
SLOW_TCP_SHARE: Final = 0.5


class Pair(NamedTuple):
    """What came back within *seconds*; empty where nothing did.

    *over_tcp* says of the fast one and of the slow one whether it went over TCP.
    """

    question: AnyQuestion
    fast: bytes
    slow: bytes
    over_tcp: tuple[bool, bool]
    seconds: float


class Pairs:
    """Sockets of every one of *addresses* to *server*; a context manager."""

    def __init__(self, server: tuple[str, int], addresses: Sequence[str], seed: int) -> None:
        self.retried = 0
        self._server = server
        self._random = Random(seed)
        self._datagrams = {address: self._udp(address) for address in addresses}
        self._streams: dict[str, tuple[socket.socket, Deframer]] = {}
        for address in addresses:
            self._connect(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in [*self._datagrams.values(), *(sock for sock, _ in self._streams.values())]:
            sock.close()

    def ask(self, questions: Sequence[AnyQuestion]) -> list[Pair]:
        """Ask all of *questions*, 16,384 at most, on both roads; return what came back."""
        started = time.monotonic()
        wires: dict[int, bytes] = {}
        over_tcp: set[int] = set()
        for number, question in enumerate(questions):
            wires[2 * number] = question.fast()
            wires[2 * number + 1] = question.slow(self._random)
            over_tcp |= {2 * number} if self._random.random() < FAST_TCP_SHARE else set()
            over_tcp |= {2 * number + 1} if self._random.random() < SLOW_TCP_SHARE else set()
        heard: dict[int, bytes] = {}
        for attempt in range(ATTEMPTS):
            waiting = wires.keys() - heard.keys()
            if not waiting:
                break
            self.retried += len(waiting) if attempt else 0
            if attempt:
                self._connect_anew({questions[key // 2].address for key in waiting & over_tcp})
            for key in sorted(waiting):
                self._send(questions[key // 2].address, key, wires[key], key in over_tcp)
            self._collect(heard, len(wires), time.monotonic() + ATTEMPT_SECONDS)
        seconds = time.monotonic() - started
        return [
            Pair(
                question,
                heard.get(2 * number, b""),
                heard.get(2 * number + 1, b""),
                (2 * number in over_tcp, 2 * number + 1 in over_tcp),
                seconds,
            )
            for number, question in enumerate(questions)
        ]

    def _send(self, address: str, key: int, tail: bytes, is_tcp: bool) -> None:
        wire = key.to_bytes(2) + tail
        if not is_tcp:
            self._datagrams[address].send(wire)
            return
        try:
            self._streams[address][0].sendall(frame(wire))
        except OSError:
            return  # it was closed; the next attempt has another one

    def _collect(self, heard: dict[int, bytes], count: int, deadline: float) -> None:
        deframers = dict(self._streams.values())
        sockets = [*self._datagrams.values(), *deframers]
        while len(heard) < count and (left := deadline - time.monotonic()) > 0:
            for sock in select.select(sockets, [], [], left)[0]:
                data = sock.recv(1 << 16)
                deframer = deframers.get(sock)
                if not data:
                    sockets.remove(sock)
                for wire in [data] if deframer is None else deframer.feed(data):
                    heard[int.from_bytes(wire[:2])] = wire

    def _udp(self, address: str) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((address, 0))
        sock.connect(self._server)
        return sock

    def _connect(self, address: str) -> None:
        sock = socket.create_connection(self._server, 5.0, source_address=(address, 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._streams[address] = sock, Deframer()

    def _connect_anew(self, addresses: set[str]) -> None:
        for address in addresses:
            self._streams[address][0].close()
            self._connect(address)
