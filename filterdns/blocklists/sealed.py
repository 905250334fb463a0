"""The sealed lists in force, as every question is asked of them: covered, or not.

A digest covers the name that it is of, and all below it.
"""

from collections.abc import Sequence
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Self

from filterdns.blocklists.sealed_file import HASH_LENGTH, SealedFile
from filterdns.dns.names import labels


class Sealed:
    """Armed lists, open. *key* changes with what they hold. Owns *files*."""

    def __init__(self, files: Sequence[SealedFile]) -> None:
        self.files = tuple(files)
        checksums = sorted(each.checksum for each in files)
        self.key = blake2b(b"".join(checksums), digest_size=HASH_LENGTH).digest()
        self._lists = tuple((each.keyed_hash, each.holds) for each in files)

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Self:
        """Open the lists at *paths*. Raises `BlocklistError` if one is missing or damaged."""
        files: list[SealedFile] = []
        try:
            files.extend(map(SealedFile.open, paths))
        except BaseException:
            for each in files:
                each.close()
            raise
        return cls(files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the lists are."""
        return tuple(str(each.path) for each in self.files)

    def covers(self, suffixes: Sequence[bytes]) -> bool:
        """Whether one of *suffixes* is sealed: the asked name and those above it, longest first."""
        if not suffixes:
            return False
        text = b".".join(labels(suffixes[0]))
        for name in suffixes:
            # In wire form a name has the length of its first label before it, and the root behind.
            digest = sha256(text[len(text) + 2 - len(name) :]).digest()
            for keyed_hash, holds in self._lists:
                if holds(keyed_hash(digest)):
                    return True
        return False

    def close(self) -> None:
        """Let go of all files. May be called twice."""
        for each in self.files:
            each.close()
