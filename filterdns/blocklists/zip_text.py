"""Zip archives, opened only where their directory is short.

Python reads the whole directory of an archive at once, 500 bytes of memory for each 46 of the file.
"""

import os
import struct
import zipfile
from typing import BinaryIO, Final

MAX_DIRECTORY_BYTES: Final = 1 << 20  # some thousands of files; a list has a few
# APPNOTE.TXT 6.3.10 section 4.3.16: the end of central directory record, 4.3.15: what precedes it
# in an archive of the 64 bit kind.
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_LOCATOR_BYTES: Final = 20
_MAX_COMMENT_BYTES: Final = 0xFFFF


def open_zip(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive in *file*; raises `BadZipFile` where it is damaged, or has too many files.

    Its end says how long the directory is; one that does not fit in 32 bits is refused, too.
    """
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - _MAX_COMMENT_BYTES - _END.size - _LOCATOR_BYTES))
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("it has no directory")
    directory_bytes = _END.unpack_from(tail, at)[5]
    is_64 = _LOCATOR_MAGIC in tail[max(0, at - _LOCATOR_BYTES) : at]
    if is_64 or directory_bytes > MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile("found a directory of too many files, expected a few")
    archive = zipfile.ZipFile(file)
    # Python reckons where the first file begins; where bytes are missing, that is before the first.
    if any(member.header_offset < 0 for member in archive.infolist()):
        raise zipfile.BadZipFile("its beginning is gone")
    return archive
