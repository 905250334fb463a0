"""Random bytes for ids and mixed case, fetched in bulk: a system call each would be dear."""

import os
from typing import Final


class Noise:
    """Bytes that nobody can guess (RFC 5452 section 4.5), each handed out once."""

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return *count* bytes, at most 1024."""
        assert count <= _POOL_SIZE
        start = self._at
        end = start + count
        if end > len(self._pool):
            self._pool = os.urandom(_POOL_SIZE)
            start, end = 0, count
        self._at = end
        return self._pool[start:end]


_POOL_SIZE: Final = 1024
