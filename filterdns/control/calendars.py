"""What is known of the calendars of the config: read when they change, the last good copy kept.

A calendar that cannot be read any more keeps what was read of it before, also over a restart, and
says so. One that never could be read counts as empty. Several threads may ask; one at a time reads.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple, TypeVar

from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.calendars.occurrences import Horizon, Occurrences
from filterdns.calendars.reading import read_apart, read_file
from filterdns.calendars.shelf import Read, Shelf
from filterdns.calendars.source import CalendarSource
from filterdns.config.calendars import lay_in
from filterdns.config.compile import Compiled, Meaning
from filterdns.config.places import Place
from filterdns.config.units import quoted
from filterdns.errors import CalendarError, ConfigError, Problem

logger: Final = logging.getLogger(__name__)

NOT_FETCHED: Final = "it has not been fetched yet"

AnyMeaning = TypeVar("AnyMeaning", bound=Meaning)
Identity = tuple[str, str, tuple[str, ...]]


class Stamp(NamedTuple):
    """What a calendar was last read of: another one, and it is read again."""

    path: str
    size: int
    modified_ns: int
    horizon: Horizon


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of a calendar: what was *read* of it last; its *copy* if it is from the web.

    *unreadable* is why what lies there now is not what was read, or empty.
    """

    read: Read | None = None
    stamp: Stamp | None = None
    unreadable: str = ""
    copy: Copy | None = None

    @property
    def trouble(self) -> str:
        """What is wrong with the calendar, in words, or nothing."""
        fetching = "" if self.copy is None else self.copy.last_error
        if fetching or self.unreadable:
            return fetching or self.unreadable
        return NOT_FETCHED if self.copy is not None and self.read is None else ""


class Calendars:
    """The calendars of one filter, what was read of them kept in *folder*; or nowhere, without one.

    *now* tells Unix seconds. Whoever *is_guest* uses what is kept, and changes nothing of it.
    """

    def __init__(
        self, folder: Path | None, now: Callable[[], float], *, is_guest: bool = False
    ) -> None:
        self._folder = folder
        self._is_guest = is_guest
        self._now = now
        self._shelf = Shelf(folder)
        self._known: dict[Identity, Known] = {}
        self._lock = Lock()

    @property
    def web_folder(self) -> Path | None:
        """Where the copies of calendars from the web are."""
        return None if self._folder is None else self._folder / "web"

    def known(self, source: CalendarSource) -> Known:
        """Return what there is of *source*."""
        return self._known.get(source.identity, Known())

    def look(self, sources: Sequence[CalendarSource], *, is_hurried: bool = False) -> bool:
        """Read those of *sources* that have changed; return whether anything is other than before.

        *is_hurried*: what is known of the last time will do, until the next look. Not for a loop.
        """
        with self._lock:
            before = dict(self._known)
            for source in sources:
                self._known[source.identity] = self._look_at(source, is_hurried=is_hurried)
            return _days_of(before) != _days_of(self._known)

    def forget_all_but(self, sources: Sequence[CalendarSource]) -> None:
        """Forget what was read of others than *sources*."""
        with self._lock:
            wanted = {source.identity for source in sources}
            self._known = {key: each for key, each in self._known.items() if key in wanted}
            self._shelf.keep_only(tuple(sources))

    def lay_in(self, meaning: AnyMeaning) -> AnyMeaning:
        """Return *meaning* with the days and windows of its calendars in the ruleset."""
        plan = meaning.calendars
        if not plan.sources:
            return meaning
        return replace(meaning, ruleset=lay_in(meaning.ruleset, plan, self._occurrences))

    def refuse_unreadable(self, compiled: Compiled) -> None:
        """Raise `ConfigError` for the files of *compiled* that never could be read."""
        problems = [
            Problem(
                *Place.from_text(source.where),
                source.key,
                f"the calendar {quoted(source.name)}: {known.unreadable}",
                "put another file there, or remove it here",
            )
            for source in compiled.calendars.sources
            if source.path and (known := self.known(source)).read is None and known.unreadable
        ]
        if problems:
            raise ConfigError(problems)

    def _occurrences(self, source: CalendarSource) -> Occurrences | None:
        read = self.known(source).read
        return None if read is None else read.occurrences

    def _look_at(self, source: CalendarSource, *, is_hurried: bool) -> Known:
        known = self.known(source)
        if known.read is None:
            known = replace(known, read=self._shelf.get(source))
            if is_hurried and known.read is not None:
                return known
        path = Path(source.path) if source.path else None
        if source.url:
            known = replace(known, copy=self._copy_of(source))
            path = self._path_of(known.copy)
        if path is None:
            return known
        stamp = _stamp_of(path, Horizon.at(self._now()))
        if stamp == known.stamp:
            return known
        try:
            read = self._read(source, path, stamp.horizon, known.read)
        except CalendarError as error:
            if str(error) != known.unreadable and not self._is_guest:
                stays = "the last good copy stays" if known.read else "it counts as empty"
                logger.warning("calendar %s: %s; %s", source.name, error, stays)
            return replace(known, stamp=stamp, unreadable=str(error))
        return replace(known, read=read, stamp=stamp, unreadable="")

    def _read(
        self, source: CalendarSource, path: Path, horizon: Horizon, before: Read | None
    ) -> Read:
        data = read_file(path)
        digest = hashlib.sha256(data).hexdigest()
        if before is not None and (before.digest, before.horizon) == (digest, horizon):
            return before
        occurrences = read_apart(data, source.summaries, horizon)
        read = Read(occurrences, digest, horizon, self._now())
        if self._is_guest:
            return read
        try:
            self._shelf.put(source, read)
        except OSError as error:
            logger.warning("calendar %s is not kept: %s", source.name, error.strerror)
        return read

    def _copy_of(self, source: CalendarSource) -> Copy:
        folder = self.web_folder
        return Copy(source.url) if folder is None else Copies(folder).of(source.url)

    def _path_of(self, copy: Copy | None) -> Path | None:
        folder = self.web_folder
        path = None if folder is None or copy is None else Copies(folder).path_of(copy)
        return path if path is not None and path.is_file() else None


def _stamp_of(path: Path, horizon: Horizon) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return Stamp(str(path), -1, -1, horizon)  # reading it will say why
    return Stamp(str(path), status.st_size, status.st_mtime_ns, horizon)


def _days_of(known: Mapping[Identity, Known]) -> dict[Identity, Occurrences]:
    return {key: each.read.occurrences for key, each in known.items() if each.read is not None}
