"""The folder of armed lists: what lies there is in force, whatever the config says.

    <identity>-<checksum>.sealed

A new version of a list lies beside the old one until all workers have it. Of several the youngest
counts; one that is damaged does not, and is told. No other module removes anything here.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.sealed import Sealed
from filterdns.blocklists.sealed_file import (
    HASH_LENGTH,
    SUFFIX,
    Armed,
    SealedFile,
    write_sealed_file,
)
from filterdns.errors import BlocklistError

FOLDER_MODE: Final = 0o700


class Found(NamedTuple):
    """The armed lists, open, and why others could not be opened."""

    files: tuple[SealedFile, ...]
    damages: tuple[str, ...]


class Armory:
    """The armed lists in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def identities(self) -> frozenset[bytes]:
        """Return which lists are armed, those included whose file is damaged."""
        found = set()
        with suppress(BlocklistError):
            for path in self._paths():
                with suppress(ValueError):  # a file that is none of ours
                    found.add(bytes.fromhex(path.name.partition("-")[0]))
        return frozenset(found)

    def find(self) -> Found:
        """Open all armed lists, as far as that can be done."""
        youngest: dict[bytes, SealedFile] = {}
        damages = []
        try:
            paths = self._paths()
        except BlocklistError as error:
            return Found((), (str(error),))
        for path in paths:
            try:
                file = SealedFile.open(path)
            except BlocklistError as error:
                damages.append(str(error))
                continue
            identity = file.armed.identity
            other = youngest.get(identity)
            if other is not None and other.armed.armed_at >= file.armed.armed_at:
                file.close()
                continue
            if other is not None:
                other.close()
            youngest[identity] = file
        return Found(tuple(youngest.values()), tuple(damages))

    def open(self) -> Sealed | None:
        """Return the lists in force, None where none is armed."""
        files = self.find().files
        return Sealed(files) if files else None

    def arm(self, armed: Armed, entries: Sequence[bytes]) -> Path:
        """Put a list in the folder. Raises `BlocklistError` if the disk refuses."""
        self._make_folder()
        return write_sealed_file(self.folder, armed, entries)

    def drop_older(self, in_force: Sealed) -> None:
        """Remove older versions of the lists *in_force*: all workers have those."""
        youngest = {each.armed.identity: each for each in in_force.files}
        for path in self._paths():
            with suppress(BlocklistError, OSError):
                file = SealedFile.open(path)
                file.close()
                new = youngest.get(file.armed.identity)
                if new is not None and new.armed.armed_at > file.armed.armed_at:
                    path.unlink()

    def has(self, in_force: Sealed) -> bool:
        """Whether all files *in_force* are there and as long as they were; soon told."""
        with suppress(OSError):
            return all(file.path.stat().st_size == file.size_bytes for file in in_force.files)
        return False

    def restore(self, in_force: Sealed) -> list[Path]:
        """Write anew what is gone or damaged of *in_force*, and return which files.

        Raises `BlocklistError` if the disk refuses.
        """
        restored = []
        for file in in_force.files:
            try:
                SealedFile.open(file.path).close()
            except BlocklistError:
                self._make_folder()
                file.restore()
                restored.append(file.path)
        return restored

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self.folder.chmod(FOLDER_MODE)
        except OSError as error:
            raise BlocklistError(f"{self.folder}: {error.strerror or error}") from error

    def _paths(self) -> list[Path]:
        try:
            return sorted(each for each in self.folder.iterdir() if each.name.endswith(SUFFIX))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BlocklistError(f"{self.folder}: cannot be read: {error.strerror}") from error


def identity_of(spec: SourceSpec) -> bytes:
    """Return what stands for the source of *spec*, so that its next version is known again.

    It is where the list comes from, and not the category: whatever that is called, the list stays.
    """
    return blake2b((spec.url or spec.name).encode(), digest_size=HASH_LENGTH).digest()
