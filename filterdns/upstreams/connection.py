"""One TCP connection to an upstream: questions in any number, answers in any order (RFC 7766).

Answers are matched by id and question (its section 7). Names travel in lower case: a connection
cannot be forged from elsewhere, and so this is the way out for upstreams that change the case.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.framing import Deframer, frame
from filterdns.dns.question import Question
from filterdns.errors import MalformedMessage, UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.upstream import Counters

IDLE_SECONDS: Final = 10.0  # "in the order of a few seconds" (RFC 7766 section 6.2.3)
MAX_MISFITS: Final = 32  # late answers among them
_READ_SIZE: Final = 65_536


class Connection:
    """A connection that opens at once and closes when idle, broken or silent.

    Raises `UpstreamError` if there is no way to the *endpoint*. *on_closed* is told once.
    """

    def __init__(
        self,
        upstream: str,
        endpoint: Endpoint,
        counters: Counters,
        noise: Noise,
        on_closed: Callable[["Connection"], None],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.has_answered = False
        self.is_closed = False
        self._upstream = upstream
        self._counters = counters
        self._noise = noise
        self._on_closed = on_closed
        self._idle_seconds = idle_seconds
        self._loop = asyncio.get_running_loop()
        self._asked_by_id: dict[bytes, _Asked] = {}
        self._deframer = Deframer()
        self._unsent = bytearray()
        self._misfits = 0
        self._heard_at = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._is_open = False
        try:
            self._socket = endpoint.open_socket(socket.SOCK_STREAM)
        except OSError as error:
            raise self._error(_reason(error)) from None
        # Without it the second of two small questions would wait for the first one's ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.add_writer(self._socket, self._connected)

    @property
    def waiting(self) -> int:
        """How many questions wait for their answers."""
        return len(self._asked_by_id)

    async def ask(self, question: Question, deadline: float) -> bytes:
        """Ask *question* and return the answer as `Upstream.exchange` promises it.

        Raises `UpstreamError` at the *deadline*, and when the connection closes or breaks. If
        nothing at all was heard since the question left, the way is taken for dead and closed.
        """
        asked_at = self._loop.time()
        query_id = self._new_id()
        section = message.write_question(question)
        asked = _Asked(question.name, section, self._loop.create_future())
        self._asked_by_id[query_id] = asked
        self._stop_idling()
        try:
            self._write(frame(message.write_query(query_id, section, question)))
            async with asyncio.timeout_at(deadline):
                return await asked.future
        except TimeoutError:
            if self._heard_at < asked_at:
                self.close("no answer in time")
            raise self._error("no answer in time", codes.EDE_NO_REACHABLE_AUTHORITY) from None
        finally:
            self._asked_by_id.pop(query_id, None)
            self._start_idling()

    def close(self, why: str) -> None:
        """Close the socket and fail what waits; may be called twice."""
        if self.is_closed:
            return
        self.is_closed = True
        self._stop_idling()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._on_closed(self)
        for asked in self._asked_by_id.values():
            if not asked.future.done():
                asked.future.set_exception(self._error(why))
        self._asked_by_id.clear()

    def _new_id(self) -> bytes:
        while (query_id := self._noise.take(2)) in self._asked_by_id:
            pass
        return query_id

    def _error(self, why: str, ede_code: int = codes.EDE_NETWORK_ERROR) -> UpstreamError:
        return UpstreamError(f"{self._upstream}: {why}", ede_code)

    def _connected(self) -> None:
        """See how the connecting ended: the socket became writable."""
        self._loop.remove_writer(self._socket)
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.close(os.strerror(error))
            return
        self._is_open = True
        self._loop.add_reader(self._socket, self._read)
        self._flush()

    def _write(self, data: bytes) -> None:
        self._unsent += data
        if self._is_open:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.close(_reason(error))
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            self.close(_reason(error))
            return
        if not data:
            self.close("closed by the peer")
            return
        self._heard_at = self._loop.time()
        try:
            received = self._deframer.feed(data)
        except MalformedMessage as error:
            self.close(str(error))
            return
        for each in received:
            if self.is_closed:
                return
            self._take(each)

    def _take(self, received: bytes) -> None:
        """Settle the question that *received* answers, if any."""
        asked = self._asked_by_id.get(received[:2])
        if asked is None or not message.fits_in_any_case(received, asked.section):
            self._count_misfit()
            return
        del self._asked_by_id[received[:2]]
        self.has_answered = True
        if asked.future.done():  # whoever asked has just left
            return
        if message.is_truncated(received):
            asked.future.set_exception(self._error("a truncated answer over TCP"))
        else:
            asked.future.set_result(message.settle(received, asked.name))

    def _count_misfit(self) -> None:
        self._counters.misfits += 1
        self._misfits += 1
        if self._misfits >= MAX_MISFITS:
            self.close("too many messages that fit no question")

    def _start_idling(self) -> None:
        if not self._asked_by_id and not self.is_closed:
            self._stop_idling()
            self._idle_timer = self._loop.call_later(self._idle_seconds, self.close, "idle")

    def _stop_idling(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None


class _Asked(NamedTuple):
    """A question that has gone out: its canonical name, its bytes, who waits for the answer."""

    name: bytes
    section: bytes
    future: asyncio.Future[bytes]


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
