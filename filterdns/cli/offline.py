"""Rules from a config file alone, for commands that need no running filter."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceReport
from filterdns.cli.building import build_here
from filterdns.cli.options import folders_to_serve
from filterdns.config.compile import Compiled, Meaning
from filterdns.control.calendars import Calendars
from filterdns.control.located import located
from filterdns.control.reading import read_config
from filterdns.folders import find_running


def offline_calendars(directory: Path | None) -> Calendars:
    """Return calendars that know, of those from the web, what the filter in *directory* knows."""
    folder = folders_to_serve(directory).calendars if directory is not None else None
    return Calendars(folder, time.time, is_guest=True)


def running_calendars(directory: Path | None) -> Calendars:
    """Return calendars that know what the running filter knows that a command means."""
    folders = find_running(directory, os.environ, os.getuid())
    return Calendars(folders.calendars, time.time, is_guest=True)


def compiled_config(config: Path, calendars: Calendars | None = None) -> Compiled:
    """Return what *config* means, with *calendars* if given; raises `ConfigError`."""
    return read_config(config, os.environ, calendars=calendars)


@dataclass(frozen=True, slots=True)
class Built:
    """An index, and what became of each of the lists in it."""

    index: Index
    sources: tuple[SourceReport, ...]


@contextmanager
def built_lists(compiled: Meaning, lists_folder: Path | None) -> Iterator[Built]:
    """Give the lists of *compiled*, built in *lists_folder* or in a folder that goes again.

    Raises `BlocklistError`.
    """
    with tempfile.TemporaryDirectory(prefix="filterdns-") as fresh:
        folder = lists_folder or Path(fresh)
        wanted = located(compiled.lists, folder / "web")
        report = build_here(wanted.sources, folder, wanted.guards)
        with closing(Index.open(report.index)) as index:
            yield Built(index, report.sources)
