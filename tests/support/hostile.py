"""A client that means harm, beside one that only wants its answers, and the filter between them.

    with open_small_house(tmp_path) as (house, upstream):
        with Flood(house.server, HOSTILE) as flood:
            flood.ask(question(f"n{number}.example") for number in range(20_000))
        assert house.metric('filterdns_memo_bytes{worker="0"}') <= MEGABYTE

All limits of the filter are small there, so that little does what a lot would do elsewhere.
"""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final, Self

from filterdns.dns.names import from_text
from tests.support.house import House, open_house
from tests.support.peers import Endpoint
from tests.support.upstream import Asked, ScriptedUpstream, Send, record, response, truncated

HOSTILE: Final = "127.0.0.66"
SIBLING: Final = "127.0.0.2"  # of the same policy
NEIGHBOUR: Final = "127.0.0.8"  # of another one
NOON: Final = "2026-03-07 12:00:00"
MEGABYTE: Final = 1_000_000  # the least that a cache or a memo can be given
SLOTS: Final = 500
IN_FLIGHT: Final = 50  # of one client
CONNECTIONS: Final = 10  # of one client
AT_ONCE: Final = 40  # questions of one client, few enough that all may wait for an upstream
ADDRESS: Final = "192.0.2.99"
UNANSWERED: Final = b"unanswered"
BIG: Final = b"big"
BIG_RECORDS: Final = 900  # in 14 KB: more than a datagram takes

CONFIG: Final = f"""\
version: 1
timezone: Europe/Berlin
limits:
  queries_per_second: {{rate}}
  burst: {{burst}}
  client_slots: {SLOTS}
  cache_size: 1MB
  memo_size: 1MB
  in_flight: {4 * IN_FLIGHT}
  in_flight_per_client: {IN_FLIGHT}
  tcp_connections: {4 * CONNECTIONS}
  tcp_connections_per_client: {CONNECTIONS}
policies:
  child: {{{{block: [gambling]}}}}
  adults: {{{{log: none}}}}
people:
  mia: {{{{policy: child, devices: [{{{{name: tablet, ip: [{HOSTILE}, {SIBLING}]}}}}]}}}}
  ada: {{{{policy: adults, devices: [{{{{name: laptop, ip: {NEIGHBOUR}}}}}]}}}}
"""


@contextmanager
def open_small_house(
    folder: Path, *, rate: int = 1_000_000, burst: int = 1_000_000
) -> Iterator[tuple[House, ScriptedUpstream]]:
    """Run a filter with small limits, and an upstream that knows every name but `unanswered*`."""
    with ScriptedUpstream(_answer) as upstream:
        server = Endpoint(upstream.host, upstream.port)
        config = CONFIG.format(rate=rate, burst=burst)
        with open_house(folder, config, [server]) as house:
            house.set_time(NOON)
            yield house, upstream


def _answer(asked: Asked) -> Sequence[Send]:
    if asked.name[1:].lower().startswith(UNANSWERED):
        return ()
    data = record(1, socket.inet_aton(ADDRESS), 3600)
    if not asked.name[1:].lower().startswith(BIG):
        return [Send(response(asked, records=[data]))]
    if asked.transport == "udp":
        return [Send(truncated(asked))]
    return [Send(response(asked, records=[data] * BIG_RECORDS))]


def question(name: str, options: bytes | None = None) -> bytes:
    """Return a query for A behind its id: with an OPT record that holds *options*, if given."""
    head = b"\x01\x00\x00\x01" + bytes(5) + bytes([options is not None])
    wire = head + from_text(name) + b"\x00\x01\x00\x01"
    if options is None:
        return wire
    return wire + b"\x00\x00\x29\x04\xd0" + bytes(4) + len(options).to_bytes(2) + options


def option(random: Random) -> bytes:
    """Return an EDNS option: a cookie, a padding, or one that nobody knows."""
    code = random.choice((10, 12, 65001))
    return code.to_bytes(2) + b"\x00\x08" + random.randbytes(8)


def in_mixed_case(tail: bytes, random: Random) -> bytes:
    """Return a query as `question` makes it, the letters of its name of random case."""
    end = tail.index(b"\x00", 10)
    return tail[:10] + bytes(_turned(byte, random) for byte in tail[10:end]) + tail[end:]


def _turned(byte: int, random: Random) -> int:
    return byte - 32 if 97 <= byte <= 122 and random.random() < 0.5 else byte


class Flood:
    """Asks as *client* as fast as it is answered; a context manager. *lost* counts silence."""

    def __init__(self, server: Endpoint, client: str, at_once: int = AT_ONCE) -> None:
        self.lost = 0
        self._server = server
        self._at_once = at_once
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((client, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(
        self,
        tails: Iterable[bytes],
        between: Callable[[], object] = lambda: None,
        seconds: float = 5.0,
    ) -> list[bytes]:
        """Send all *tails*, a few at once; return the answers in the order in which they came.

        *between* is called whenever these few are answered, or *seconds* have passed.
        """
        answers: list[bytes] = []
        batch: list[bytes] = []
        for tail in tails:
            batch.append(tail)
            if len(batch) == self._at_once:
                answers += self._ask(batch, seconds)
                batch = []
                between()
        return answers + self._ask(batch, seconds)

    def _ask(self, batch: list[bytes], seconds: float) -> list[bytes]:
        for number, tail in enumerate(batch):
            self._socket.sendto(number.to_bytes(2) + tail, self._server)
        deadline = time.monotonic() + seconds
        answers: list[bytes] = []
        while len(answers) < len(batch):
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                answers.append(self._socket.recv(4096))
            except TimeoutError:
                self.lost += len(batch) - len(answers)
                break
        return answers


def is_open(wire: bytes) -> bool:
    """Whether *wire* is the upstream's answer."""
    return socket.inet_aton(ADDRESS) in wire
