"""The file of an armed list: hashes of hashes, under a key of its own.

In the byte order of the machine that wrote it:

| part   | what                                                                             |
|--------|----------------------------------------------------------------------------------|
| header | magic, byte order, entries, most entries ever, when armed, key, identity, checksum |
| highs  | 64 bits an entry: the first half of its hash, ascending                          |
| lows   | 64 bits an entry: the second half                                                |

A list gives the SHA-256 of names; whoever has a guess can hash it and look. Here each digest is
hashed again (BLAKE2b, 128 bits) under a random key, which stands in the header: it belongs to this
file, and without it the file would be of no use. So nothing here equals anything that lies
elsewhere. That is not secrecy: who may read the file may guess as before.
"""

import mmap
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple, Self

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.mapped import map_file, unusable

KEY_LENGTH: Final = 32
HASH_LENGTH: Final = 16
OWNER_ONLY: Final = 0o600

_MAGIC: Final = b"FDNSSEAL"
_BYTE_ORDER: Final = 0x01020304
_HEADER: Final = struct.Struct(f"=8sIIIxxxxd{KEY_LENGTH}s{HASH_LENGTH}s{HASH_LENGTH}s")
_PAIR: Final = struct.Struct("=QQ")  # an entry

KeyedHash = Callable[[bytes], bytes]


class Armed(NamedTuple):
    """What is known of an armed list without its entries.

    *identity* stands for the source that it came from, *most_entries* is how many it had at most,
    *armed_at* (Unix seconds) when this version of it came.
    """

    identity: bytes
    key: bytes
    most_entries: int
    armed_at: float


class SealedFile:
    """An armed list, mapped. Whoever opens it closes it."""

    def __init__(self, path: Path, armed: Armed, checksum: bytes, data: mmap.mmap) -> None:
        self.path = path
        self.armed = armed
        self.checksum = checksum
        self.size_bytes = len(data)
        self.keyed_hash = make_keyed_hash(armed.key)
        self._data = data
        self._body = memoryview(data)[_HEADER.size :]
        middle = len(self._body) // 2
        self._highs = self._body[:middle].cast("Q")
        self._lows = self._body[middle:].cast("Q")

    def __len__(self) -> int:
        return len(self._highs)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file at *path* and read every byte of it. Raises `BlocklistError`."""
        data = map_file(path)
        try:
            return cls._checked(path, data)
        except BaseException:
            data.close()
            raise

    @classmethod
    def _checked(cls, path: Path, data: mmap.mmap) -> Self:
        if len(data) < _HEADER.size:
            raise unusable(path, f"{len(data)} bytes", "a header")
        magic, order, count, most, armed_at, key, identity, checksum = _HEADER.unpack_from(data)
        if (magic, order) != (_MAGIC, _BYTE_ORDER):
            raise unusable(path, "another format", "a sealed list of this machine")
        armed = Armed(identity, key, most, armed_at)
        if len(data) != _HEADER.size + count * HASH_LENGTH:
            raise unusable(path, f"{len(data)} bytes", f"{count} entries")
        if _checksum(armed, data[_HEADER.size :]) != checksum:
            raise unusable(path, "another checksum", "that of its header")
        return cls(path, armed, checksum, data)

    def holds(self, keyed: bytes) -> bool:
        """Whether *keyed* is among the entries: a digest that went through `keyed_hash`."""
        high, low = _PAIR.unpack(keyed)
        highs = self._highs
        at = bisect_left(highs, high)
        while at < len(highs) and highs[at] == high:
            if self._lows[at] == low:
                return True
            at += 1
        return False

    def entries(self) -> list[bytes]:
        """Return all entries as `keyed_hash` gives them."""
        return [_PAIR.pack(*pair) for pair in zip(self._highs, self._lows, strict=True)]

    def restore(self) -> None:
        """Write the file again where it was, as it was. Raises `BlocklistError`."""
        with new_file(self.path, OWNER_ONLY) as file:
            file.write(self._data)

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if not self._data.closed:
            for view in (self._highs, self._lows, self._body):
                view.release()
            self._data.close()


def write_sealed_file(folder: Path, armed: Armed, entries: Iterable[bytes]) -> Path:
    """Write *entries*, of `keyed_hash`, into *folder*; return the file, named by its content.

    Of equal entries one is kept. Raises `BlocklistError` where the disk refuses.
    """
    pairs = sorted(set(map(_PAIR.unpack, entries)))
    body = array("Q", (high for high, _ in pairs)).tobytes()
    body += array("Q", (low for _, low in pairs)).tobytes()
    checksum = _checksum(armed, body)
    path = folder / f"{armed.identity.hex()}-{checksum.hex()}{SUFFIX}"
    with new_file(path, OWNER_ONLY) as file:
        identity, key, most_entries, armed_at = armed
        file.write(
            _HEADER.pack(
                _MAGIC, _BYTE_ORDER, len(pairs), most_entries, armed_at, key, identity, checksum
            )
        )
        file.write(body)
    return path


def make_keyed_hash(key: bytes) -> KeyedHash:
    """Return what turns the SHA-256 of a name into an entry under *key*."""
    copy = blake2b(digest_size=HASH_LENGTH, key=key).copy

    def keyed_hash(digest: bytes) -> bytes:
        state = copy()
        state.update(digest)
        return state.digest()

    return keyed_hash


SUFFIX: Final = ".sealed"


def _checksum(armed: Armed, body: bytes) -> bytes:
    """Return the checksum of all but the time: the same list gives the same file."""
    found = blake2b(digest_size=HASH_LENGTH)
    found.update(armed.identity + armed.key + armed.most_entries.to_bytes(8, "big"))
    found.update(body)
    return found.digest()
