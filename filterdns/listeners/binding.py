"""Binding: the sockets of all addresses that are listened on, for all workers.

UDP has one socket for each worker and address (`SO_REUSEPORT`: the kernel spreads the clients over
them). TCP has one listening socket for each address, which all workers share, because closing one
of a reuse-port group resets what it has queued.
"""

import errno
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from filterdns.listeners.addresses import OwnAddress
from filterdns.listeners.port_holder import port_holder

RECEIVE_BUFFER_BYTES: Final = 4 << 20
WILDCARDS: Final = ("0.0.0.0", "::")


class Endpoint(NamedTuple):
    """An address and port that are listened on, by UDP and TCP."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Bound(NamedTuple):
    """The sockets of one endpoint: UDP by worker, TCP for all. *endpoint* has the real port.

    A UDP socket that is closed stands for a worker that has none there at the moment.
    """

    endpoint: Endpoint
    udp: tuple[socket.socket, ...]
    tcp: socket.socket

    def for_workers(self, count: int) -> "Bound":
        """Return the same with closed sockets for workers that it does not know yet."""
        return self._replace(udp=(*self.udp, *(_closed() for _ in range(len(self.udp), count))))

    def close(self) -> None:
        """Close all of them here; the copies of the workers live on."""
        for one in (*self.udp, self.tcp):
            one.close()

    def withdraw(self) -> None:
        """Close all of them here, and let the address be bound anew at once.

        The TCP socket ends with all its copies: while one of them listens, the address is taken.
        """
        with suppress(OSError):  # it has ended by itself
            self.tcp.shutdown(socket.SHUT_RDWR)
        self.close()

    @property
    def has_lost_its_interface(self) -> bool:
        """Whether the sockets of a link-local address are left over from an interface that is gone.

        An interface made anew under the old name is another one (RFC 4007 section 6).
        """
        if "%" not in self.endpoint.host:
            return False
        try:
            *_, interface = _resolve(self.endpoint, socket.SOCK_STREAM)[1]
        except OSError:
            return True
        *_, bound_to = self.tcp.getsockname()
        return bool(interface != bound_to)


def wanted_endpoints(
    listen: Iterable[Endpoint], own: Sequence[OwnAddress] | None
) -> list[Endpoint]:
    """Return what *listen* means on a host with the addresses *own*, each once.

    A wildcard stands for every address of its family that is ready; without *own* it stays as it
    is.
    """
    wanted: list[Endpoint] = []
    for endpoint in listen:
        if own is None or endpoint.host not in WILDCARDS:
            wanted.append(endpoint)
            continue
        wants_ipv6 = endpoint.host == "::"
        wanted += [
            Endpoint(address.host, endpoint.port)
            for address in own
            if address.is_ready and address.is_ipv6 == wants_ipv6
        ]
    return list(dict.fromkeys(wanted))


def bind(
    endpoint: Endpoint, workers: int, adopted: Mapping[Endpoint, Sequence[socket.socket]]
) -> Bound:
    """Return the sockets of *endpoint* for *workers* workers; raises `OSError`.

    Sockets that the service manager has bound (*adopted*) are taken instead of new ones; workers
    share copies of such a UDP socket. Of port 0 the kernel makes a free one, the same for both.
    """
    ready = {one.type: one for one in adopted.get(endpoint, ())}
    opened: list[socket.socket] = []
    try:
        # TCP first: without SO_REUSEPORT it fails where another filterdns has the port, whereas UDP
        # would quietly share it.
        tcp = _copy_or_bind(ready.get(socket.SOCK_STREAM), endpoint, socket.SOCK_STREAM)
        opened.append(tcp)
        real = endpoint._replace(port=tcp.getsockname()[1])
        opened.extend(
            _copy_or_bind(ready.get(socket.SOCK_DGRAM), real, socket.SOCK_DGRAM)
            for _ in range(workers)
        )
        tcp.listen(_BACKLOG)
    except OSError:
        for one in opened:
            one.close()
        raise
    return Bound(real, tuple(opened[1:]), tcp)


def bind_udp(
    bound: Bound, endpoint: Endpoint, adopted: Mapping[Endpoint, Sequence[socket.socket]]
) -> socket.socket:
    """Return one more UDP socket for *bound*, which is that of *endpoint*; raises `OSError`."""
    ready = {one.type: one for one in adopted.get(endpoint, ())}
    return _copy_or_bind(ready.get(socket.SOCK_DGRAM), bound.endpoint, socket.SOCK_DGRAM)


def turn_away(udp: socket.socket) -> None:
    """Let the kernel hand nothing more to *udp*; what lies in its queue stays, to be answered.

    Connected to itself it is for nobody else (udp(7)), so those that share the port get it all.
    """
    with suppress(OSError):  # its address is gone, and with it whoever asks
        udp.connect(udp.getsockname())


def granted_buffer_bytes(udp: socket.socket) -> int:
    """Return how many bytes of datagrams the kernel queues for *udp*."""
    return udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def dropped_datagrams(udp: socket.socket) -> int:
    """Return how many datagrams have found no room in the queue of *udp*, modulo 2^32.

    0 where the kernel does not say: Linux does from 4.12 on, the imitations of some containers
    never do.
    """
    try:
        counts = udp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:
        return 0
    dropped: int = _MEMINFO.unpack(counts)[_SK_MEMINFO_DROPS]
    return dropped


def is_for_later(error: OSError) -> bool:
    """Whether what failed with *error* may work later by itself: the address is not there yet."""
    return error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENODEV, socket.EAI_NONAME)


def describe(error: OSError, endpoint: Endpoint) -> str:
    """Return in one line why *endpoint* cannot be listened on, and what cures it."""
    start = f"cannot listen on {endpoint}"
    if error.errno == errno.EADDRINUSE:
        holder = port_holder(endpoint.port, "udp") or port_holder(endpoint.port, "tcp")
        holder = holder or _USUAL_HOLDERS.get(endpoint.port, "another program")
        return f"{start}: {holder} has the port; stop it, or choose another in listen.dns"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{start}: ports below 1024 need a privilege; choose a port from 1024 in listen.dns, or"
            " run under the systemd unit, which has CAP_NET_BIND_SERVICE"
        )
    if is_for_later(error):
        return f"{start}: this host has no such address at the moment; it is tried again"
    return f"{start}: {error.strerror or error}"


_BACKLOG: Final = 512
_SO_RCVBUFFORCE: Final = 33  # asm-generic/socket.h; goes beyond net.core.rmem_max
_SO_MEMINFO: Final = 55  # asm-generic/socket.h
_MEMINFO: Final = struct.Struct("=9I")  # SK_MEMINFO_VARS, linux/sock_diag.h
_SK_MEMINFO_DROPS: Final = 8
_USUAL_HOLDERS: Final = {
    53: "another DNS server (systemd-resolved, dnsmasq, named?)",
    5353: "another program (avahi-daemon, for multicast DNS?)",
}


def _copy_or_bind(
    adopted: socket.socket | None, endpoint: Endpoint, kind: socket.SocketKind
) -> socket.socket:
    return adopted.dup() if adopted else _bound_socket(endpoint, kind)


def _bound_socket(endpoint: Endpoint, kind: socket.SocketKind) -> socket.socket:
    family, address = _resolve(endpoint, kind)
    one = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_DGRAM:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            _ask_for_buffer(one)
        else:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one


def _closed() -> socket.socket:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return one


def _resolve(endpoint: Endpoint, kind: socket.SocketKind) -> tuple[int, tuple[Any, ...]]:
    family, *_, address = socket.getaddrinfo(
        endpoint.host, endpoint.port, type=kind, flags=socket.AI_NUMERICHOST
    )[0]
    return family, address


def _ask_for_buffer(udp: socket.socket) -> None:
    try:
        udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    except PermissionError:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
