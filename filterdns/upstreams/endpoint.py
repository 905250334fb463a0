"""Where an upstream listens, and sockets that lead there."""

import socket
from typing import NamedTuple

from filterdns.descriptors import is_exhausted
from filterdns.errors import OutOfDescriptors


class Endpoint(NamedTuple):
    """A numeric IPv4 or IPv6 address, with a zone if link-local (`fe80::1%eth0`), and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def open_socket(self, kind: socket.SocketKind) -> socket.socket:
        """Return a non-blocking socket that is connected, or about to be if *kind* is a stream.

        The kernel picks the port. A connected datagram socket receives from its peer alone and
        hears of ICMP errors. Raises `OSError` if there is no way to the peer, `OutOfDescriptors` if
        no socket is left.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            opened = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        except OSError as error:
            if is_exhausted(error):
                raise OutOfDescriptors(f"{self}: {error.strerror}") from None
            raise
        try:
            opened.connect(self._address())
        except BlockingIOError:
            return opened
        except BaseException:
            opened.close()
            raise
        return opened

    def _address(self) -> tuple[str, int] | tuple[str, int, int, int]:
        """Return the address as sockets take it; zones anew each time: interfaces come and go."""
        address, _, zone = self.host.partition("%")
        if not zone:
            return address, self.port
        return address, self.port, 0, int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
