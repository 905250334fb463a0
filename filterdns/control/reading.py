"""The config in the files, as this process is to go by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from filterdns.blocklists.catalog import load_catalog
from filterdns.config.compile import Compiled, compile_config
from filterdns.config.include import Trees
from filterdns.config.load import load
from filterdns.control.calendars import Calendars


def read_config(
    path: Path,
    environment: Mapping[str, str],
    upstreams: Sequence[str] = (),
    workers: int | None = None,
    trees: Trees | None = None,
    calendars: Calendars | None = None,
    *,
    is_hurried: bool = False,
) -> Compiled:
    """Return what the config under *path* means.

    *upstreams* and *workers* stand in for those of the config; *trees* knows the files that were
    read before. What its calendars say is part of it where there are *calendars*; *is_hurried*: as
    they were the last time. Raises `ConfigError` with all problems, and `BlocklistError` where what
    ships with the project is damaged.
    """
    config = load(path, environment, trees=trees)  # first: most of what is wrong is told without
    compiled = compile_config(config, load_catalog(), upstreams=upstreams)
    if workers is not None:
        compiled = replace(compiled, process=replace(compiled.process, workers=workers))
    if calendars is None:
        return compiled
    calendars.look(compiled.calendars.sources, is_hurried=is_hurried)
    calendars.refuse_unreadable(compiled)
    return calendars.lay_in(compiled)
