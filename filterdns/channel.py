"""The channel between two processes of filterdns: JSON objects over a SEQPACKET socket.

One packet is one message, so nothing has to be framed. Sockets travel beside a message as
SCM_RIGHTS (unix(7)). A data-only format, never pickle: a worker faces the network, and what it
sends must not be able to run anything.
"""

import array
import json
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

MAX_MESSAGE_BYTES: Final = 1 << 17
MAX_DESCRIPTORS: Final = 64  # the kernel takes 253 (SCM_MAX_FD)


class Received(NamedTuple):
    """A message and the descriptors that came beside it; the receiver owns them."""

    message: dict[str, Any]
    descriptors: list[int]


def send(
    channel: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()
) -> None:
    """Send *message*, and copies of *descriptors* with it (at most `MAX_DESCRIPTORS`).

    Raises `OSError`: `BlockingIOError` where the other side does not read, `BrokenPipeError` where
    it is gone.
    """
    assert len(descriptors) <= MAX_DESCRIPTORS
    wire = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    channel.sendmsg([wire], [rights] if descriptors else [])


def receive(channel: socket.socket) -> Received | None:
    """Return the next message; None where the channel has ended.

    Raises `ValueError` for what is no JSON object (its descriptors are closed then), and `OSError`,
    `BlockingIOError` included.
    """
    wire, ancillary, flags, _ = channel.recvmsg(
        MAX_MESSAGE_BYTES,
        socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize),
        socket.MSG_CMSG_CLOEXEC,
    )
    descriptors = _descriptors(ancillary)
    if not wire:
        return None
    message = None if flags & socket.MSG_TRUNC else _object(wire)
    if message is None:
        for descriptor in descriptors:
            os.close(descriptor)
        raise ValueError(f"{len(wire)} bytes that are no message")
    return Received(message, descriptors)


def _object(wire: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(wire)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _descriptors(ancillary: Sequence[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return found.tolist()
