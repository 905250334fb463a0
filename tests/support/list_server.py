"""A web server for lists that does as a test says, well or badly, on the loopback interface.

    with ListServer() as server:
        server.script("/list.txt", text(b"bad.example\\n", "ETag: \\"1\\""))
        … fetch server.url("/list.txt") …
    assert [asked.path for asked in server.asked] == ["/list.txt"]

A script is called for each request with the visit, and writes the bytes of the answer itself. Each
connection has a thread and one request; it is closed behind the script.
"""

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self

PATIENCE_SECONDS: Final = 30.0
_RESET: Final = struct.pack("ii", 1, 0)  # linger for no time: close(2) sends RST


class Request(NamedTuple):
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class Visit:
    """One request and the connection on which its answer goes."""

    def __init__(self, connection: socket.socket, request: Request, over: threading.Event) -> None:
        self.request = request
        self._connection = connection
        self._over = over

    def send(self, *blocks: bytes) -> None:
        for block in blocks:
            self._connection.sendall(block)

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on over TLS, as a tunnel does; what was sent before is behind us."""
        self._connection = context.wrap_socket(
            self._connection, server_side=True, suppress_ragged_eofs=True
        )

    def close(self) -> None:
        self._connection.close()

    def read(self) -> Request | None:
        """Read another request."""
        return _read_request(self._connection)

    def reset(self) -> None:
        """Let the connection end by a reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def pause(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Be silent, until the server is stopped at the latest."""
        self._over.wait(seconds)


Script = Callable[[Visit], None]


def head(*headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return the status line and *headers*, with a length if it is given."""
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def text(body: bytes, *headers: str, status: str = "200 OK") -> Script:
    """Answer with *body* and *headers*."""
    return lambda visit: visit.send(head(*headers, status=status, length=len(body)), body)


def raw(*blocks: bytes) -> Script:
    """Answer with these very bytes."""
    return lambda visit: visit.send(*blocks)


def status(line: str, *headers: str) -> Script:
    """Answer with nothing but this status."""
    return text(b"", *headers, status=line)


def redirect(location: str, line: str = "302 Found") -> Script:
    """Lead on to *location*."""
    return status(line, f"Location: {location}")


def tagged(body: bytes, tag: str) -> Script:
    """Answer with *body* under the ETag *tag*, or with 304 to whoever has it."""

    def script(visit: Visit) -> None:
        if visit.request.headers.get("if-none-match") == tag:
            visit.send(head(f"ETag: {tag}", status="304 Not Modified"))
        else:
            text(body, f"ETag: {tag}")(visit)

    return script


def drip(body: bytes, seconds: float, first: bytes = b"") -> Script:
    """Send *first* at once and *body* byte by byte, *seconds* apart."""

    def script(visit: Visit) -> None:
        visit.send(first)
        for byte in body:
            visit.pause(seconds)
            visit.send(bytes([byte]))

    return script


def silent(visit: Visit) -> None:
    """Answer nothing, and keep the connection."""
    visit.pause()


def reset(visit: Visit) -> None:
    """Reset the connection instead of an answer."""
    visit.reset()


def cut(body: bytes, length: int) -> Script:
    """Announce *length* bytes, send *body* and close."""
    return raw(head(length=length), body)


def endless(block: bytes) -> Script:
    """Send *block* again and again, for as long as anybody takes it."""

    def script(visit: Visit) -> None:
        visit.send(head())
        while True:
            visit.send(block)

    return script


def gzip_bomb(unpacked_bytes: int, *headers: str) -> Script:
    """Send zeros that unpack to so many bytes, made of members of 64 MiB (64 KiB each, packed)."""
    member = gzip.compress(bytes(64 << 20), 1)

    def script(visit: Visit) -> None:
        visit.send(head(*headers))
        for _ in range(-(-unpacked_bytes // (64 << 20))):
            visit.send(member)

    return script


def in_turn(*scripts: Script) -> Script:
    """Follow each script for one request, the last one for all that come after it."""
    left = list(scripts)
    return lambda visit: (left.pop(0) if len(left) > 1 else left[0])(visit)


class ListServer:
    """A web server on *host*; with a *tls* context over TLS. What it was asked is in `asked`."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.tls = tls  # may be changed; what URLs say stays
        self.greeting = b""  # is sent before anything is read
        self._scheme = "https" if tls else "http"
        self.asked: list[Request] = []
        self.most_at_a_time = 0
        self._scripts: dict[str, Script] = {}
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listening = socket.create_server((host, 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def script(self, path: str, script: Script) -> None:
        """Follow *script* for requests of *path*, `*` for all others, from now on."""
        self._scripts[path] = script

    def url(self, path: str, host: str = "") -> str:
        """Return the URL of *path*, by the name *host*."""
        return f"{self._scheme}://{host or self.host}:{self.port}{path}"

    def asked_for(self, path: str) -> list[Request]:
        """Return the requests for *path* so far."""
        return [request for request in self.asked if request.path == path]

    def stop(self) -> None:
        """Close the listening socket and all connections. May be called twice."""
        if self._over.is_set():
            return
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE_SECONDS)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        # Who goes away in the middle, or does not trust us, is what the tests are about.
        with suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(plain, server_side=True)
            self._enter(connection)
            connection.sendall(self.greeting)
            request = _read_request(connection)
            if request is not None:
                self._answer(connection, request)
        self._leave(connection)
        with suppress(OSError):
            connection.close()
        plain.close()

    def _answer(self, connection: socket.socket, request: Request) -> None:
        self.asked.append(request)
        script = (
            self._scripts.get(request.path) or self._scripts.get("*") or status("404 Not Found")
        )
        visit = Visit(connection, request, self._over)
        try:
            script(visit)
        finally:
            visit.close()

    def _enter(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            self.most_at_a_time = max(self.most_at_a_time, len(self._open))

    def _leave(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


def _read_request(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(1 << 16)
        if not block:
            return None
        received += block
    first, *lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    return Request(method, target, dict(_headers(lines)))


def _headers(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, _, value = line.partition(":")
        yield key.strip().lower(), value.strip()
