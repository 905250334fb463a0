"""The load: `python -m soak.load --server 127.0.0.1:5300 --rate 2000 --bedtime UNIX_SECONDS`.

A process of its own that asks as stub resolvers do and judges every answer, until SIGTERM; then it
waits for what is under way, prints its counts as the last line of JSON, and ends. A line of the
counts so far is printed every quarter of a second.

A question that is not answered within a second is asked again, three times in all. That is stricter
than common stubs: glibc waits 5 s and asks twice (resolv.conf(5)), so nobody who is answered here
would have gone without there. SERVFAIL and REFUSED count as no answer: glibc asks on after them,
too. What is asked again keeps socket and id, as there, so the answer to any of the three will do.
An answer that says TC has the question asked over TCP at once.
"""

import argparse
import gc
import json
import selectors
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from soak.counts import Counts
from soak.house_clock import HouseClock
from soak.household import PEOPLE, Expected
from soak.judge import Judged, Judgement, Said, judge, read
from soak.questions import Question, make_plan, unseen
from soak.transports import Connection, Datagrams

ATTEMPT_SECONDS: Final = 1.0
ATTEMPTS: Final = 3
PROBES_PER_SECOND: Final = 50
SOCKETS_PER_ADDRESS: Final = 2
SENT_AT_ONCE: Final = 50  # then answers are taken, however late we are
STALLED_SECONDS: Final = 0.05
TOLD_EVERY_SECONDS: Final = 0.25


class Asked:
    """A question under way. *asked_at* is when it was first sent, in monotonic seconds."""

    __slots__ = ("asked_at", "attempts", "connection", "is_over", "key", "question", "socket")

    def __init__(self, question: Question, key: int, sock: socket.socket | None, at: float) -> None:
        self.question = question
        self.key = key
        self.socket = sock
        self.connection: Connection | None = None
        self.asked_at = at
        self.attempts = 1
        self.is_over = False


class Load:
    """Asks *servers* at *rate* questions a second in all, besides the prober's."""

    def __init__(
        self, servers: Sequence[tuple[str, int]], rate: float, clock: HouseClock, seed: int
    ) -> None:
        self.counts = Counts()
        self._servers = servers
        self._clock = clock
        self._random = Random(seed)
        self._mix, self._probes = make_plan(self._random)
        self._rate = rate
        self._selector = selectors.EpollSelector()
        self._under_way: dict[int, Asked] = {}
        self._due: deque[tuple[float, Asked]] = deque()
        self._sockets: dict[str, list[tuple[int, socket.socket]]] = {}
        self._next_id = self._random.randrange(1 << 16)
        self._mixed = self._probed = self._unseen = 0
        self._answered_at = self._looked_at = 0.0
        self.is_stopping = False
        self._open_sockets()

    def run(self, tell: Callable[[Counts], None]) -> None:
        """Ask until `is_stopping`, then until nothing is under way."""
        started = told_at = self._looked_at = self._answered_at = time.monotonic()
        while True:
            now = time.monotonic()
            self._note_stall(now)
            if not self.is_stopping:
                self._send_due(now - started, now)
            elif not self._under_way:
                return
            self._receive(0.0005)
            now = time.monotonic()
            self._clock.look(now)
            self._ask_again(now)
            self.counts.see_gap(now - self._answered_at)
            if now - told_at >= TOLD_EVERY_SECONDS:
                told_at = now
                tell(self.counts)

    def _note_stall(self, now: float) -> None:
        """Not to blame the filter for a gap in which we were not scheduled ourselves."""
        pause = now - self._looked_at
        self._looked_at = now
        if pause > STALLED_SECONDS:
            self.counts.own_pause_seconds = max(self.counts.own_pause_seconds, pause)
            self._answered_at = max(self._answered_at, now)

    # Asking.

    def _open_sockets(self) -> None:
        number = 0
        for address in (address for person in PEOPLE for address in person.addresses):
            for turn in range(SOCKETS_PER_ADDRESS):
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                sock.setblocking(False)
                sock.bind((address, 0))
                sock.connect(self._servers[turn % len(self._servers)])
                base = number << 16
                self._sockets.setdefault(address, []).append((base, sock))
                datagrams = Datagrams(sock, base, self.hear, self._fail)
                self._selector.register(sock, selectors.EVENT_READ, datagrams)
                number += 1

    def _send_due(self, seconds: float, now: float) -> None:
        due = min(int(seconds * self._rate) - self._mixed, SENT_AT_ONCE)
        for _ in range(due):
            question = self._mix[self._mixed % len(self._mix)]
            self._mixed += 1
            if question is None:
                self._unseen += 1
                question = unseen(self._unseen, self._random)
            self._ask(question, now)
        due = int(seconds * PROBES_PER_SECOND) - self._probed
        for _ in range(min(due, SENT_AT_ONCE)):
            question = self._probes[self._probed % len(self._probes)]
            self._probed += 1
            self.counts.probes += 1
            self._ask(question, now)

    def _ask(self, question: Question, now: float) -> None:
        base, sock = self._random.choice(self._sockets[question.address])
        while True:
            self._next_id = (self._next_id + 1) & 0xFFFF
            key = base | self._next_id
            if key not in self._under_way:
                break
        asked = Asked(question, key, None if question.is_tcp else sock, now)
        self._under_way[key] = asked
        self.counts.sent += 1
        self._send(asked)
        self._due.append((now + ATTEMPT_SECONDS, asked))

    def _ask_over_tcp(self, asked: Asked) -> None:
        if asked.socket is not None:
            asked.socket = None
            self._send(asked)

    def _send(self, asked: Asked) -> None:
        wire = (asked.key & 0xFFFF).to_bytes(2) + asked.question.tail
        try:
            if asked.socket is not None:
                asked.socket.send(wire)
            else:
                ends = asked.question.address, self._random.choice(self._servers)
                asked.connection = Connection(
                    self._selector, ends, wire, asked.key, self.hear, self._fail
                )
        except OSError:
            self._fail()

    def _ask_again(self, now: float) -> None:
        due = self._due
        while due and due[0][0] <= now:
            _, asked = due.popleft()
            if asked.is_over:
                continue
            if asked.connection is not None:
                asked.connection.close()
            if asked.attempts == ATTEMPTS:
                self._end(asked)
                self.counts.lose(asked.question)
                continue
            asked.attempts += 1
            self.counts.retried += 1
            self._send(asked)
            due.append((now + ATTEMPT_SECONDS, asked))

    # Hearing.

    def _receive(self, seconds: float) -> None:
        ready = self._selector.select(seconds)
        self._note_stall(time.monotonic())
        for key, events in ready:
            key.data.on_event(events)

    def _fail(self) -> None:
        """Count what the network refuses: no answer, to be asked again."""
        self.counts.failed += 1

    def hear(self, key: int, wire: bytes) -> None:
        """Take *wire*, the answer to what was asked under *key*, perhaps for the second time."""
        asked = self._under_way.get(key)
        if asked is None:
            return
        now = time.monotonic()
        question = asked.question
        said, ttl_seconds = read(wire, question.question)
        self._clock.look(now)
        judged = self._judge(asked, said, ttl_seconds, now)
        if judged.judgement in (Judgement.FORBIDDEN, Judgement.WRONG):
            self._clock.look(now, is_urgent=True)  # the filter may have seen a step before us
            judged = self._judge(asked, said, ttl_seconds, now)
        counts = self.counts
        counts.see_gap(now - self._answered_at)
        self._answered_at = now
        judgement = judged.judgement
        if said is Said.TRUNCATED:
            self._ask_over_tcp(asked)
            return
        if judgement is Judgement.NONE:
            counts.failed += 1
            return
        self._end(asked)
        counts.bedtime_late_seconds = max(counts.bedtime_late_seconds, judged.late_seconds)
        if judgement is Judgement.RIGHT:
            counts.answer(now - asked.asked_at)
            if question.expected is Expected.UNTIL_BEDTIME:
                counts.see_child(said)
            return
        left = self._clock.begins_at - now
        heard = (
            f"{said.value}, TTL {ttl_seconds} s, asked as {question.address}"
            f" {now - asked.asked_at:.3f} s ago, {left:.3f} s before bedtime"
        )
        if judgement is Judgement.FORBIDDEN:
            counts.forbid(question, heard)
        else:
            counts.lose(question, heard)

    def _judge(self, asked: Asked, said: Said, ttl_seconds: int, now: float) -> Judged:
        expected, bedtime = asked.question.expected, self._clock.bedtime
        return judge(expected, said, ttl_seconds, asked.asked_at, now, bedtime)

    def _end(self, asked: Asked) -> None:
        asked.is_over = True
        del self._under_way[asked.key]


def main() -> None:
    """Ask until SIGTERM."""
    options = _parse_arguments()
    servers = [(host, int(port)) for host, _, port in (s.rpartition(":") for s in options.server)]
    load = Load(servers, options.rate, HouseClock(options.bedtime, options.clock), options.seed)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever has started us
    signal.signal(signal.SIGTERM, lambda *_: setattr(load, "is_stopping", True))
    gc.disable()  # nothing here goes in circles for long, and a pause would be measured
    load.run(lambda counts: _print("progress", counts))
    _print("report", load.counts)


def _print(kind: str, counts: Counts) -> None:
    line: dict[str, Any] = {"t": kind, **counts.to_json()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak.load", description="asks and judges")
    parser.add_argument("--server", action="append", required=True, help="HOST:PORT")
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--bedtime", type=float, required=True, help="Unix seconds in the house")
    parser.add_argument("--clock", type=Path, help="the file of `serve --test-clock`")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
