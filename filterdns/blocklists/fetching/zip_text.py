"""The texts in a zip archive, one behind the other, within limits that hold for its directory too.

Python reads the whole directory of an archive at once, 500 bytes of memory for each 46 of the file.
"""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from filterdns.errors import FetchError

MAX_DIRECTORY_BYTES: Final = 1 << 20  # some thousands of files; a list has a few
_BLOCK_BYTES: Final = 1 << 20
# APPNOTE.TXT 6.3.10 section 4.3.16: the end of central directory record, 4.3.15: what precedes it
# in an archive of the 64 bit kind.
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_LOCATOR_BYTES: Final = 20
_MAX_COMMENT_BYTES: Final = 0xFFFF
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    NotImplementedError,  # packed in a way that we do not know
    RuntimeError,  # encrypted
)


def read_zip(file: BinaryIO, name: str, limit_bytes: int) -> Iterator[bytes]:
    """Yield the texts of the archive *file*; *name* is for messages.

    Raises `FetchError` when it is damaged, or has more than *limit_bytes* of text.
    """
    size = 0
    try:
        _check_directory(file, name)
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                with archive.open(member) as text:
                    while block := text.read(_BLOCK_BYTES):
                        size += len(block)
                        if size > limit_bytes:
                            raise FetchError(
                                f"{name}: its text is over the limit of {limit_bytes} bytes"
                            )
                        yield block
    except _DAMAGE as error:
        raise FetchError(f"{name}: the compressed data is damaged: {error}") from error


def _check_directory(file: BinaryIO, name: str) -> None:
    """Refuse an archive whose end says that its directory is large, or does not fit in 32 bits."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - _MAX_COMMENT_BYTES - _END.size - _LOCATOR_BYTES))
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("it has no directory")
    directory_bytes = _END.unpack_from(tail, at)[5]
    is_64 = _LOCATOR_MAGIC in tail[max(0, at - _LOCATOR_BYTES) : at]
    if is_64 or directory_bytes > MAX_DIRECTORY_BYTES:
        raise FetchError(f"{name}: found a directory of too many files, expected a few")
