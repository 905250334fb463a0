"""The text in xz data, within limits that hold for the memory of the unpacker too.

An xz file says itself how much memory it takes to unpack, up to 4 GiB, however short it is.
"""

import lzma
from collections.abc import Iterator
from typing import Final, Protocol

MAX_MEMORY_BYTES: Final = 128 << 20  # `xz -9` takes 65 MiB
_BLOCK_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 20


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to *size* bytes; none at the end."""
        ...


class XzText:
    """What all streams of the xz data in *file* hold, to be read as a file is.

    `read` raises `LZMAError` or `EOFError` where the data is damaged, or takes too much memory.
    """

    def __init__(self, file: Readable) -> None:
        self._pieces = _unpacked(file)
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to *size* bytes, none at the end; without a size, what comes next."""
        piece = self._rest or next(self._pieces, b"")
        if size < 0:
            size = len(piece)
        self._rest = piece[size:]
        return piece[:size]


def _unpacked(file: Readable) -> Iterator[bytes]:
    """Yield what all streams of *file* hold (The .xz File Format 1.2.0, section 2)."""
    raw = file.read(_BLOCK_BYTES)
    while raw:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY_BYTES)
        while not unpacker.eof:
            if unpacker.needs_input and not raw:
                raw = file.read(_BLOCK_BYTES)
                if not raw:
                    raise EOFError("it ends too early")
            piece = unpacker.decompress(raw, _PIECE_BYTES)
            raw = b""
            if piece:
                yield piece
        raw = _next_stream(unpacker.unused_data, file)


def _next_stream(raw: bytes, file: Readable) -> bytes:
    """Return the beginning of what comes after the padding, nothing at the end."""
    while not raw.lstrip(b"\0"):
        raw = file.read(_BLOCK_BYTES)
        if not raw:
            return b""
    return raw.lstrip(b"\0")
