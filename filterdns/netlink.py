"""Talk with the kernel's routing socket: packets, messages, attributes (netlink(7), rtnetlink(7)).

What the messages mean is known where they are read: addresses of this host in `listeners`,
neighbours and routes in `devices`.
"""

import os
import socket
import struct
from collections.abc import Iterator
from typing import Final

MAX_PACKET_BYTES: Final = 1 << 16


def dump(kind: int, body: bytes) -> Iterator[bytes]:
    """Ask for all that there is of one *kind* (RTM_GET…); yield packets of messages.

    Raises `OSError` where the kernel has no rtnetlink, refuses, or is silent.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(_PATIENCE_SECONDS)
        flags = _NLM_F_REQUEST | _NLM_F_DUMP
        netlink.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, 1, 0) + body)
        while True:
            wire = netlink.recv(MAX_PACKET_BYTES)
            yield wire
            if _is_last(wire):
                return


def watch(groups: int) -> socket.socket:
    """Return a non-blocking socket on which the kernel tells what happens (RTMGRP_… in *groups*).

    Where it cannot keep up, `recv` raises `OSError` (ENOBUFS) once: ask for all anew. Raises
    `OSError` where the kernel has no rtnetlink.
    """
    netlink = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    try:
        netlink.bind((0, groups))
    except OSError:
        netlink.close()
        raise
    return netlink


def read_messages(wire: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type (RTM_…) and body of each message in the packet *wire*, as far as it is whole."""
    at = 0
    while at + _HEADER.size <= len(wire):
        length, kind, *_ = _HEADER.unpack_from(wire, at)
        if length < _HEADER.size:
            return
        yield kind, wire[at + _HEADER.size : at + length]
        at += _aligned(length)


def read_attributes(wire: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each attribute (struct rtattr) in *wire*, as far as it is whole."""
    at = 0
    while at + _ATTRIBUTE.size <= len(wire):
        length, kind = _ATTRIBUTE.unpack_from(wire, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, wire[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _is_last(wire: bytes) -> bool:
    for kind, body in read_messages(wire):
        if kind == _NLMSG_ERROR:
            (negative,) = _ERROR.unpack_from(body)
            raise OSError(-negative, os.strerror(-negative))
        if kind == _NLMSG_DONE:
            return True
    return False


def _aligned(length: int) -> int:
    return (length + 3) & ~3  # NLMSG_ALIGN and RTA_ALIGN, linux/netlink.h and linux/rtnetlink.h


_PATIENCE_SECONDS: Final = 2.0

# linux/netlink.h, linux/rtnetlink.h
_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr
_ATTRIBUTE: Final = struct.Struct("=HH")  # struct rtattr
_ERROR: Final = struct.Struct("=i")  # the head of struct nlmsgerr
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_NLM_F_REQUEST: Final = 0x001
_NLM_F_DUMP: Final = 0x300
