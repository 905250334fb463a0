"""The copies of lists on disk: texts named by their content, and what is known of each URL.

    <sha256>.text     what a server sent, whole
    <hash of url>.json  which text the URL has, and how the last tries went

A text is never changed. It is written under another name, synced, checked, renamed, and only then
named by what is known of the URL: a power cut or a kill at any moment leaves the one before.
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO, Final

from filterdns import durable
from filterdns.blocklists.durable import new_file
from filterdns.errors import BlocklistError

TEXT_SUFFIX: Final = ".text"
TEXT_MODE: Final = 0o640
_DOWNLOAD_SUFFIX: Final = ".download"
_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of a URL. Times are Unix seconds; *file* is empty where there is no text.

    *failures* in a row; *next_try_at* is when the server may be asked again after them. The text of
    one that *is_taken* is gone on purpose: a sealed list was armed from it.
    """

    url: str
    file: str = ""
    sha256: str = ""
    size: int = 0
    etag: str = ""
    last_modified: str = ""
    fetched_at: float = 0.0
    checked_at: float = 0.0
    failures: int = 0
    last_error: str = ""
    next_try_at: float = 0.0
    is_taken: bool = False


class Incoming:
    """A text that is being written: take its bytes by `write`."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The checksum of what has been written, in hex."""
        return self._hash.hexdigest()

    @property
    def text_name(self) -> str:
        """The name that the file gets if nothing more is written."""
        return self.sha256 + TEXT_SUFFIX

    def write(self, block: bytes) -> None:
        """Write *block* behind what there is."""
        self._file.write(block)
        self._hash.update(block)
        self.size += len(block)

    def flush(self) -> None:
        """Let whoever reads *path* see all of it."""
        self._file.flush()


class Copies:
    """The copies in *folder*. One process writes there at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, url: str) -> Copy:
        """Return what is known of *url*; what is damaged counts as not known."""
        try:
            copy = Copy(**json.loads(self._record_path(url).read_bytes()))
            return copy if copy.url == url and _is_sound(copy) else Copy(url)
        except (OSError, ValueError, TypeError):
            return Copy(url)

    def path_of(self, copy: Copy) -> Path | None:
        """Return where the text of *copy* is, None without one."""
        return self._folder / Path(copy.file).name if copy.file else None

    def is_intact(self, copy: Copy) -> bool:
        """Whether the text of *copy* is there, and what was fetched; or is gone on purpose."""
        path = self.path_of(copy)
        return path is not None and (copy.is_taken or _checksum(path) == copy.sha256)

    def take(self, url: str, *, is_armed: bool) -> None:
        """Note that the text of *url* is gone, and whether a list *is_armed* from it.

        Only then the server may say that it has nothing new. Raises `BlocklistError` if the disk
        refuses.
        """
        copy = self.of(url)
        path = self.path_of(copy)
        if path is not None and copy.is_taken is not is_armed and not path.is_file():
            self.write(replace(copy, is_taken=is_armed))

    def write(self, copy: Copy) -> None:
        """Keep what is known of a URL. Raises `BlocklistError` if the disk refuses."""
        with new_file(self._record_path(copy.url)) as file:
            os.fchmod(file.fileno(), TEXT_MODE)
            file.write(json.dumps(asdict(copy), indent=1).encode())

    @contextmanager
    def incoming(self, url: str) -> Iterator[Incoming]:
        """Yield a text to write; when the block ends without an error it is there, by its name.

        Raises `BlocklistError` if the disk refuses.
        """
        download = self._folder / (_hash_of(url) + _DOWNLOAD_SUFFIX)
        with new_file(download) as file:
            os.fchmod(file.fileno(), TEXT_MODE)
            incoming = Incoming(file, Path(file.name))
            yield incoming
        text = self._folder / incoming.text_name
        try:
            # One that is there keeps its time, by which a build sees that nothing has changed.
            if _checksum(text) == incoming.sha256:
                download.unlink()
            else:
                download.replace(text)
        except OSError as error:
            raise BlocklistError(f"{text}: cannot be written: {error.strerror or error}") from error

    def remove_leftovers(self) -> None:
        """Remove what a fetch that was killed has left half written."""
        with suppress(OSError):
            durable.remove_leftovers(self._folder)
            for whole in self._folder.glob(f"*{_DOWNLOAD_SUFFIX}"):
                whole.unlink(missing_ok=True)

    def _record_path(self, url: str) -> Path:
        return self._folder / f"{_hash_of(url)}.json"


def remove_unused_texts(folder: Path, keep: Collection[Path] = ()) -> tuple[Path, ...]:
    """Remove the texts in *folder* that no URL has, but those of *keep*; return which.

    Not while a fetch runs. Raises `BlocklistError` if the disk refuses.
    """
    named = {_text_named_by(record) for record in folder.glob("*.json")}
    kept = {path.name for path in keep}
    unused = sorted(
        path for path in folder.glob(f"*{TEXT_SUFFIX}") if path.name not in named | kept
    )
    _remove(unused)
    return tuple(unused)


def forget_all_but(folder: Path, urls: Collection[str]) -> None:
    """Remove what is known of URLs that are not among *urls*; their texts are unused then.

    Not while a fetch runs. Raises `BlocklistError` if the disk refuses.
    """
    known = {f"{_hash_of(url)}.json" for url in urls}
    _remove([record for record in folder.glob("*.json") if record.name not in known])


def _remove(paths: Collection[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BlocklistError(f"{path}: cannot be removed: {error.strerror}") from error


def _is_sound(copy: Copy) -> bool:
    """Whether each value has its type; a whole number may stand for another one."""
    values = {each.name: (each.type, getattr(copy, each.name)) for each in fields(copy)}
    return all(
        type(value) is kind or (kind is float and type(value) is int)
        for kind, value in values.values()
    )


def _text_named_by(record: Path) -> str:
    try:
        return str(json.loads(record.read_bytes())["file"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _hash_of(url: str) -> str:
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _checksum(path: Path) -> str:
    """Return the checksum of the file *path* in hex, empty if it cannot be read."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                found.update(block)
    except OSError:
        return ""
    return found.hexdigest()
