"""`python tests/support/passing_sockets.py COMMAND …`: a command that is given its sockets.

They are bound as systemd binds those of `ListenDatagram=53` and `ListenStream=53`: to `::`, and for
IPv4 as well (systemd.socket(5)).
"""

import os
import socket
import sys
from typing import Final

PORT: Final = 53
FIRST: Final = 3  # sd_listen_fds(3)
KINDS: Final = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def main() -> None:
    """Turn into the command, with the sockets at hand."""
    bound = [_bound_socket(kind).detach() for kind in KINDS]
    # First out of the way: one of them may have the other's place.
    aside = [os.dup(descriptor) for descriptor in bound]
    for place, descriptor in enumerate(aside, FIRST):
        os.dup2(descriptor, place)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(KINDS)))
    os.execvp(sys.argv[1], sys.argv[1:])


def _bound_socket(kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", PORT))
    if kind == socket.SOCK_STREAM:
        sock.listen()
    return sock


if __name__ == "__main__":
    main()
