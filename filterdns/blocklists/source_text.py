"""The text of a source, in blocks: plain, gzip or xz, told apart by content, within limits."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from filterdns.errors import BlocklistError

MAX_TEXT_BYTES: Final = 512 << 20  # decompressed; the largest public list has 100 MiB

_BLOCK_BYTES: Final = 1 << 20
_GZIP_MAGIC: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
_XZ_MAGIC: Final = b"\xfd7zXZ\x00"  # The .xz File Format 1.2.0, section 2.1.1.1


def read_text(file: BinaryIO, path: Path, limit_bytes: int = MAX_TEXT_BYTES) -> Iterator[bytes]:
    """Yield what *file* holds, from where it stands, decompressed.

    *path* is for messages. Raises `BlocklistError` when the text is longer than *limit_bytes* or
    the compressed data is damaged or ends early.
    """
    text = _decompressed(file)
    size_bytes = 0
    try:
        while block := text.read(_BLOCK_BYTES):
            size_bytes += len(block)
            if size_bytes > limit_bytes:
                raise BlocklistError(f"{path}: its text is over the limit of {limit_bytes} bytes")
            yield block
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise BlocklistError(f"{path}: the compressed data is damaged: {error}") from error
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _decompressed(file: BinaryIO) -> _Readable:
    start = file.read(len(_XZ_MAGIC))
    file.seek(-len(start), 1)
    if start.startswith(_GZIP_MAGIC):
        return gzip.GzipFile(fileobj=file)
    if start == _XZ_MAGIC:
        return lzma.LZMAFile(file)
    return file
