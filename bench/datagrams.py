"""Many datagrams with one system call: sendmmsg(2) and recvmmsg(2), which Python does not have.

All that is ever sent lies ready in memory, in the order of sending, with the source address of each
as IP_PKTINFO (ip(7)). The id of a datagram is its place in that order, modulo 65536.
"""

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence
from typing import Final

BATCH: Final = 32
_RECEIVED_BYTES: Final = 1500
_QUEUE_BYTES: Final = 4 << 20
_LEVEL: Final = struct.Struct("@Nii")  # cmsghdr of cmsg(3)
_PKTINFO: Final = struct.Struct("=i4s4s")  # interface, source, and what only receivers get
_IP_PKTINFO: Final = 8  # ip(7); Python has it from 3.14 on
_CONTROL_BYTES: Final = 32


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Head(ctypes.Structure):
    """msghdr of sendmsg(2)."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("pieces", ctypes.c_void_p),
        ("piece_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """mmsghdr of sendmmsg(2)."""

    _fields_ = (("head", _Head), ("length", ctypes.c_uint))


class Datagrams:
    """The *datagrams*, source address and wire, that go to *server* from one socket."""

    def __init__(self, server: tuple[str, int], datagrams: Sequence[tuple[str, bytes]]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)
        self.socket.bind(("0.0.0.0", 0))
        self.socket.setblocking(False)
        self._number = self.socket.fileno()
        library = ctypes.CDLL(None, use_errno=True)
        self._sendmmsg, self._recvmmsg = library.sendmmsg, library.recvmmsg
        self._kept: list[object] = []  # what the structures point to
        self._starts: list[int] = []
        self._wires = self._lay_out(server, datagrams)
        self._make_room()

    def send(self, first: int, count: int) -> int:
        """Send *count* datagrams from the *first* on; return how many the kernel took."""
        start = ctypes.byref(self._out, first * ctypes.sizeof(_Message))
        sent: int = self._sendmmsg(self._number, start, count, 0)
        return 0 if sent < 0 and _would_block() else sent

    def receive(self) -> tuple[list[int], bytes]:
        """Return ids and response codes of the answers that are there, `BATCH` at most."""
        got: int = self._recvmmsg(self._number, self._in, BATCH, 0, None)
        if got < 0 and _would_block():
            return [], b""
        codes = bytes(self._flags[: 2 * got])[1::2].translate(_CODE_BY_FLAGS)
        return list(struct.unpack_from(f">{got}H", self._ids)), codes

    def flip(self, number: int, place: int) -> None:
        """Change the case of the letter at *place* of a datagram."""
        self._wires[self._starts[number] + place] ^= 0x20

    def _lay_out(
        self, server: tuple[str, int], datagrams: Sequence[tuple[str, bytes]]
    ) -> bytearray:
        wires = bytearray()
        for number, (_, wire) in enumerate(datagrams):
            self._starts.append(len(wires))
            wires += (number & 0xFFFF).to_bytes(2) + wire[2:]
        memory = self._keep((ctypes.c_char * len(wires)).from_buffer(wires))
        family = struct.pack("=H", socket.AF_INET)
        to = family + struct.pack(">H", server[1]) + socket.inet_aton(server[0]) + bytes(8)
        to_memory = self._keep(ctypes.create_string_buffer(to, len(to)))
        pieces = (_Piece * len(datagrams))()
        self._kept.append(pieces)
        pieces_at = ctypes.addressof(pieces)
        control_by_source: dict[str, int] = {}
        self._out = (_Message * len(datagrams))()
        for number, (source, wire) in enumerate(datagrams):
            if source not in control_by_source:
                control_by_source[source] = self._keep(_control(source))
            pieces[number] = _Piece(memory + self._starts[number], len(wire))
            self._out[number].head = _Head(
                to_memory,
                len(to),
                pieces_at + number * ctypes.sizeof(_Piece),
                1,
                control_by_source[source],
                _CONTROL_BYTES,
            )
        return wires

    def _make_room(self) -> None:
        """Let ids and flags of all answers of a batch lie side by side, the rest elsewhere."""
        self._ids = bytearray(2 * BATCH)
        self._flags = bytearray(2 * BATCH)
        ids = self._keep((ctypes.c_char * len(self._ids)).from_buffer(self._ids))
        flags = self._keep((ctypes.c_char * len(self._flags)).from_buffer(self._flags))
        rest = self._keep(ctypes.create_string_buffer(_RECEIVED_BYTES))
        pieces = (_Piece * (3 * BATCH))()
        self._kept.append(pieces)
        self._in = (_Message * BATCH)()
        for number in range(BATCH):
            pieces[3 * number] = _Piece(ids + 2 * number, 2)
            pieces[3 * number + 1] = _Piece(flags + 2 * number, 2)
            pieces[3 * number + 2] = _Piece(rest, _RECEIVED_BYTES)  # nobody reads it
            at = ctypes.addressof(pieces) + 3 * number * ctypes.sizeof(_Piece)
            self._in[number].head = _Head(None, 0, at, 3, None, 0)

    def _keep(self, memory: "ctypes.Array[ctypes.c_char]") -> int:
        self._kept.append(memory)
        return ctypes.addressof(memory)


def _control(source: str) -> "ctypes.Array[ctypes.c_char]":
    head = _LEVEL.pack(_LEVEL.size + _PKTINFO.size, socket.IPPROTO_IP, _IP_PKTINFO)
    text = head + _PKTINFO.pack(0, socket.inet_aton(source), bytes(4))
    return ctypes.create_string_buffer(text, _CONTROL_BYTES)


def _would_block() -> bool:
    number = ctypes.get_errno()
    if number in (errno.EAGAIN, errno.ENOBUFS, errno.ECONNREFUSED):
        return True
    raise OSError(number, os.strerror(number))


_CODE_BY_FLAGS: Final = bytes(flags & 0x0F for flags in range(256))
