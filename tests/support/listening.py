"""Our listeners on loopback sockets, and clients that ask them from addresses of their own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

from filterdns.dns.framing import frame
from filterdns.listeners.service import Service
from filterdns.listeners.stream import StreamListener
from filterdns.listeners.udp import UdpListener
from filterdns.listeners.wildcard_udp import make_udp_listener
from tests.support.plane import LENA_ADDRESS, Plane

Address = tuple[Any, ...]

PATIENCE_SECONDS: Final = 10  # for what comes at once, if it comes


@contextmanager
def listening_udp(
    service: Service, host: str = "127.0.0.1"
) -> Iterator[tuple[UdpListener, Address]]:
    """Listen for datagrams on a free port of *host*, for both families on `::`; inside a loop."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    if host == "::":
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind((host, 0))
    listener = make_udp_listener(sock, service)
    try:
        yield listener, sock.getsockname()
    finally:
        listener.close()


@contextmanager
def listening_tcp(
    plane: Plane, sock: socket.socket | None = None
) -> Iterator[tuple[StreamListener, Address]]:
    """Listen for connections on *sock* or a free port of the loopback network; inside a loop."""
    sock = sock or socket.create_server(("127.0.0.1", 0))
    listener = StreamListener(sock, plane.service, plane.connections)
    try:
        yield listener, sock.getsockname()
    finally:
        listener.close()
        plane.connections.close()


def overflow(udp: socket.socket) -> tuple[int, int]:
    """Send *udp* more than its queue takes; return how many datagrams were sent and taken."""
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sent = 100
    with socket.socket(udp.family, socket.SOCK_DGRAM) as client:
        for _ in range(sent):
            client.sendto(bytes(500), udp.getsockname())
    udp.setblocking(False)
    taken = 0
    while True:
        try:
            udp.recv(500)
        except BlockingIOError:
            return sent, taken
        taken += 1


class UdpClient:
    """A client at *address* that talks to *server* alone, as a stub resolver does."""

    def __init__(self, server: Address, address: str = LENA_ADDRESS) -> None:
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((address, 0))
        self.socket.connect(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, wire: bytes) -> None:
        self.socket.send(wire)

    async def receive(self) -> bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.get_running_loop().sock_recv(self.socket, 65_535)

    async def ask(self, wire: bytes) -> bytes:
        self.send(wire)
        return await self.receive()

    def received(self) -> list[bytes]:
        """Return what has arrived so far."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(65_535))
            except BlockingIOError:
                return found


class TcpClient:
    """A connection of *address* to *server*."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: Address, address: str = LENA_ADDRESS) -> Self:
        return cls(*await asyncio.open_connection(*server, local_addr=(address, 0)))

    def send(self, *wires: bytes) -> None:
        self.writer.write(b"".join(map(frame, wires)))

    async def receive(self) -> bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            length = int.from_bytes(await self.reader.readexactly(2))
            return await self.reader.readexactly(length)

    async def ask(self, wire: bytes) -> bytes:
        self.send(wire)
        return await self.receive()

    async def rest(self) -> bytes:
        """Return what comes until the other side closes, however it does that."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self.reader.read()
        except ConnectionError:
            return b""

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return
