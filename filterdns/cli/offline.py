"""Rules from a config file alone, for commands that need no running filter."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filterdns.blocklists.index import Index
from filterdns.cli.building import build_here
from filterdns.config.compile import Compiled
from filterdns.control.rules import read_config


def compiled_config(config: Path) -> Compiled:
    """Return what *config* means; raises `ConfigError` with all problems."""
    return read_config(config, os.environ)


@contextmanager
def built_index(compiled: Compiled, lists_folder: Path | None) -> Iterator[Index]:
    """Give the index of *compiled*, built in *lists_folder* or in a folder that goes again.

    Raises `BlocklistError`.
    """
    with tempfile.TemporaryDirectory(prefix="filterdns-") as fresh:
        report = build_here(compiled.sources, lists_folder or Path(fresh))
        with closing(Index.open(report.index)) as index:
            yield index
