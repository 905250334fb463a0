"""Rules from a config file alone, for commands that need no running filter."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceReport
from filterdns.cli.building import build_here
from filterdns.config.compile import Compiled, Meaning
from filterdns.control.located import located
from filterdns.control.rules import read_config


def compiled_config(config: Path) -> Compiled:
    """Return what *config* means; raises `ConfigError` with all problems."""
    return read_config(config, os.environ)


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
