"""What was read of calendars the last time, on disk: a start need not read them, nor have them.

One file for each calendar and selection of its events, named by both; written whole or not at all.
One that is damaged counts as not there.
"""

import json
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.calendars.occurrences import Horizon, Occurrences, from_plain
from filterdns.calendars.source import CalendarSource
from filterdns.durable import new_file

FORMAT: Final = 1
OWNER_ONLY: Final = 0o600
_SUFFIX: Final = ".read.json"


class Read(NamedTuple):
    """What was read at *at* (Unix seconds) of a text with this *digest*, within *horizon*."""

    occurrences: Occurrences
    digest: str
    horizon: Horizon
    at: float


class Shelf:
    """Keeps what was read in *folder*; nothing is kept without one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, source: CalendarSource) -> Read | None:
        """Return what was read last of *source*."""
        path = self._path(source)
        if path is None:
            return None
        try:
            values = json.loads(path.read_bytes())
            if values["format"] != FORMAT or values["identity"] != _plain_identity(source):
                return None
            return Read(
                from_plain(values["occurrences"]),
                str(values["digest"]),
                Horizon(*map(int, values["horizon"])),
                float(values["at"]),
            )
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def put(self, source: CalendarSource, read: Read) -> None:
        """Keep *read* of *source*. Raises `OSError` if the disk refuses."""
        path = self._path(source)
        if path is None:
            return
        values = {"format": FORMAT, "identity": _plain_identity(source), **read._asdict()}
        values["occurrences"] = read.occurrences._asdict()
        with new_file(path, mode=OWNER_ONLY) as file:
            file.write(json.dumps(values).encode())

    def keep_only(self, sources: tuple[CalendarSource, ...]) -> None:
        """Remove what was read of others than *sources*."""
        if self._folder is None:
            return
        kept = {self._path(source) for source in sources}
        with suppress(OSError):
            for path in self._folder.glob(f"*{_SUFFIX}"):
                if path not in kept:
                    path.unlink(missing_ok=True)

    def _path(self, source: CalendarSource) -> Path | None:
        if self._folder is None:
            return None
        text = json.dumps(_plain_identity(source))
        return self._folder / (blake2b(text.encode(), digest_size=16).hexdigest() + _SUFFIX)


def _plain_identity(source: CalendarSource) -> list[object]:
    path, url, summaries = source.identity
    return [path, url, list(summaries)]
