"""The sockets that commands and Prometheus connect to. Who connects early waits in their queues.

Apart from what serves them: that takes long to load, and the workers are to be started before.
"""

import logging
import os
import socket
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.control.running import RunningFilter

logger: Final = logging.getLogger("filterdns")

SOCKET_MODE: Final = 0o660


class Sockets(NamedTuple):
    """Where commands connect, and whoever collects metrics."""

    control: socket.socket
    metrics: socket.socket | None


def bind_sockets(running: RunningFilter) -> Sockets:
    """Return both for *running*; raises `OSError` where there can be none for commands."""
    return Sockets(unix_listener(running.options.folders.control_socket), _for_metrics(running))


def unix_listener(path: Path) -> socket.socket:
    """Return a listening socket at *path* for owner and group; raises `OSError`.

    Replaces a socket that nobody listens on any more.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(SOCKET_MODE)
    listener.listen()
    return listener


def tcp_listener(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _for_metrics(running: RunningFilter) -> socket.socket | None:
    endpoint = running.in_force.rules.compiled.process.metrics
    if endpoint is None:
        return None
    host, port = endpoint
    try:
        return tcp_listener(host, port)
    except OSError as error:
        running.metrics_trouble = f"no metrics and no health page at {host} port {port}"
        logger.error("%s: %s", running.metrics_trouble, os.strerror(error.errno or 0))
        return None
