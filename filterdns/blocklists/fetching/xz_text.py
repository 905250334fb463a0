"""The text in xz data, within limits that hold for the memory of the unpacker too.

An xz file says itself how much memory it takes to unpack, up to 4 GiB, however short it is.
"""

import lzma
from collections.abc import Iterator
from typing import BinaryIO, Final

from filterdns.errors import FetchError

MAX_MEMORY_BYTES: Final = 128 << 20  # `xz -9` takes 65 MiB
_BLOCK_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 20


def read_xz(file: BinaryIO, name: str, limit_bytes: int) -> Iterator[bytes]:
    """Yield the text of *file*; *name* is for messages.

    Raises `FetchError` when it is damaged, has more than *limit_bytes*, or takes too much memory.
    """
    size = 0
    try:
        for piece in _unpacked(file):
            size += len(piece)
            if size > limit_bytes:
                raise FetchError(f"{name}: its text is over the limit of {limit_bytes} bytes")
            yield piece
    except (lzma.LZMAError, EOFError) as error:
        raise FetchError(f"{name}: the compressed data is damaged: {error}") from error


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
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


def _next_stream(raw: bytes, file: BinaryIO) -> bytes:
    """Return the beginning of what comes after the padding, nothing at the end."""
    while not raw.lstrip(b"\0"):
        raw = file.read(_BLOCK_BYTES)
        if not raw:
            return b""
    return raw.lstrip(b"\0")
