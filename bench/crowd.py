"""A crowd of clients: `python -m bench.crowd --server 127.0.0.1:5300 --plan FILE --seconds 5`.

Asks what the lines of the plan say, `127.1.0.7 www.example.com A edns mixed`, each from its own
address, and prints one line of JSON. It keeps some queries outstanding, or asks at a rate; without
--seconds it asks everything once.

One socket sends and receives for all addresses: IP_PKTINFO (ip(7)) names the source of each
datagram, and a socket that is bound to no address gets the answers of all. `bench.datagrams` moves
32 of them with one system call, so that the crowd takes less of a core than a server does.
"""

import argparse
import gc
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from random import Random
from statistics import fmean, quantiles
from typing import Final, NamedTuple

from bench.datagrams import BATCH, Datagrams
from filterdns.dns.names import from_text

LOST_SECONDS: Final = 1.0
NO_TIME: Final = 0.0
FAILURES: Final = (2, 5)  # SERVFAIL, REFUSED (RFC 1035 section 4.1.1)

_TYPES: Final = {"A": b"\x00\x01", "AAAA": b"\x00\x1c"}
_OPT: Final = b"\x00\x00\x29\x04\xd0" + bytes(4)  # RFC 6891 section 6.1.2, 1232 bytes
_COOKIE: Final = b"\x00\x0a\x00\x08"  # RFC 7873 section 4: a client cookie has 8 bytes


class Query(NamedTuple):
    """One query of a plan: *mixed* are the places of its letters if their case is to vary."""

    address: str
    wire: bytes
    mixed: tuple[int, ...]


class Crowd:
    """Asks *server* the *queries* over and over."""

    def __init__(self, server: tuple[str, int], queries: list[Query]) -> None:
        self._wires = Datagrams(server, [(query.address, query.wire) for query in queries])
        self._mixed = [(n, query.mixed) for n, query in enumerate(queries) if query.mixed]
        self._count = len(queries)
        self._place = 0  # in the plan, of what is asked next
        self._passes = 0
        self._sent_at = [NO_TIME] * 65536  # by id
        self._taken: list[float] = []
        self.sent = self.lost = self.failed = self.outstanding = 0
        self.is_stopping = False

    def ask(self, seconds: float | None, outstanding: int) -> None:
        """Keep so many queries *outstanding*."""
        began = time.monotonic()
        while not self._is_over(began, seconds):
            room = min(outstanding - self.outstanding, BATCH)
            if room > 0:
                self._send(room)
            if not self._receive() and not self._wait(LOST_SECONDS):
                self._give_up()
        self._finish()

    def ask_at(self, rate: float, seconds: float | None) -> None:
        """Ask *rate* queries a second, whatever becomes of them."""
        began = time.monotonic()
        while not self._is_over(began, seconds):
            due = int((time.monotonic() - began) * rate) - self.sent
            if due > 0:
                self._send(min(due, BATCH))
            if not self._receive():
                self._wait(0.0002)
        self._finish()

    def report(self, seconds: float, cpu_seconds: float) -> dict[str, float]:
        """Return what was counted in *seconds*."""
        taken = [each * 1e6 for each in self._taken] or [0.0]
        cuts = quantiles(taken, n=1000) if len(taken) > 1 else taken * 999
        return {
            "seconds": seconds,
            "sent": self.sent,
            "answered": len(self._taken),
            "lost": self.lost,
            "failed": self.failed,
            "mean_us": round(fmean(taken), 1),
            "p50_us": round(cuts[499], 1),
            "p99_us": round(cuts[989], 1),
            "p999_us": round(cuts[998], 1),
            "worst_us": round(max(taken), 1),
            "cpu_share": round(cpu_seconds / seconds, 4),
        }

    def _is_over(self, began: float, seconds: float | None) -> bool:
        if self.is_stopping:
            return True
        if seconds is None:
            return self._passes > 0
        return time.monotonic() - began >= seconds

    def _send(self, count: int) -> None:
        place = self._place
        count = min(count, self._count - place)
        sent = self._wires.send(place, count)
        now = time.monotonic()
        sent_at = self._sent_at
        for number in range(place, place + sent):
            if sent_at[number & 0xFFFF]:
                self.lost += 1  # its id comes round again
                self.outstanding -= 1
            sent_at[number & 0xFFFF] = now
        self.sent += sent
        self.outstanding += sent
        self._place = place + sent
        if self._place == self._count:
            self._place = 0
            self._passes += 1
            self._vary_case()

    def _receive(self) -> int:
        ids, codes = self._wires.receive()
        if not ids:
            return 0
        now = time.monotonic()
        sent_at = self._sent_at
        for each in ids:
            if at := sent_at[each]:
                sent_at[each] = NO_TIME
                self._taken.append(now - at)
                self.outstanding -= 1
        self.failed += sum(codes.count(code) for code in FAILURES)
        return len(ids)

    def _wait(self, seconds: float) -> bool:
        return bool(select.select([self._wires.socket], [], [], seconds)[0])

    def _finish(self) -> None:
        """Wait for what is under way; what does not come is lost."""
        deadline = time.monotonic() + LOST_SECONDS
        while self.outstanding > 0 and time.monotonic() < deadline:
            if not self._receive():
                self._wait(0.05)
        self._give_up()

    def _give_up(self) -> None:
        self.lost += sum(1 for at in self._sent_at if at)
        self._sent_at = [NO_TIME] * 65536
        self.outstanding = 0

    def _vary_case(self) -> None:
        """Change a letter of each query in mixed case: no pass asks the same bytes."""
        for number, letters in self._mixed:
            self._wires.flip(number, letters[self._passes % len(letters)])


def read_plan(path: Path) -> list[Query]:
    """Return the queries of the plan in *path*."""
    random = Random(path.name)
    names: dict[str, bytes] = {}
    queries = []
    for line in path.read_text().splitlines():
        address, name, qtype, *how = line.split()
        if name not in names:
            names[name] = from_text(name)
        queries.append(_query(random, address, names[name], qtype, how))
    return queries


def _query(random: Random, address: str, name: bytes, qtype: str, how: list[str]) -> Query:
    letters: tuple[int, ...] = ()
    if "mixed" in how:
        places = [n for n, byte in enumerate(name) if ord("a") <= byte <= ord("z")]
        random.shuffle(places)
        letters = tuple(12 + place for place in places)
        cased = bytearray(name)
        for place in places[::2]:
            cased[place] ^= 0x20
        name = bytes(cased)
    has_opt = "edns" in how or "cookie" in how
    head = b"\x00\x00\x01\x00\x00\x01" + bytes(5) + bytes([has_opt])
    options = b""
    if "cookie" in how:
        options = _COOKIE + random.randbytes(8)
    opt = _OPT + len(options).to_bytes(2) + options if has_opt else b""
    return Query(address, head + name + _TYPES[qtype] + b"\x00\x01" + opt, letters)


def main() -> None:
    """Ask as the command line says, until SIGTERM at most."""
    options = _parse_arguments()
    host, _, port = options.server.rpartition(":")
    crowd = Crowd((host, int(port)), read_plan(options.plan))
    signal.signal(signal.SIGTERM, lambda *_: setattr(crowd, "is_stopping", True))
    gc.disable()  # a pause of ours would be measured
    sys.stdout.write('{"t": "begin"}\n')
    sys.stdout.flush()
    began, cpu_before = time.monotonic(), _cpu_seconds()
    if options.rate:
        crowd.ask_at(options.rate, options.seconds)
    else:
        crowd.ask(options.seconds, options.outstanding)
    seconds, used = time.monotonic() - began, _cpu_seconds() - cpu_before
    sys.stdout.write(json.dumps(crowd.report(seconds, used)) + "\n")


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.crowd", description="asks as many clients")
    parser.add_argument("--server", required=True, help="HOST:PORT")
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--seconds", type=float, help="default: until all was asked once")
    parser.add_argument("--outstanding", type=int, default=100)
    parser.add_argument("--rate", type=float, help="queries a second, instead of --outstanding")
    return parser.parse_args()


if __name__ == "__main__":
    main()
