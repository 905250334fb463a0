"""`filterdns diff`: what an edit of the config would change, for whom and when."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from filterdns.blocklists.index import Index
from filterdns.cli.client import running_filter
from filterdns.cli.offline import (
    built_lists,
    compiled_config,
    offline_calendars,
    running_calendars,
)
from filterdns.cli.options import DirectoryOption, JsonOption, folders_to_serve
from filterdns.cli.output import say_json, say_prose
from filterdns.config.compile import Meaning
from filterdns.control.diff import Side
from filterdns.control.diff import diff as compare
from filterdns.control.fed_lists import FedLists
from filterdns.control.plain_meaning import from_values
from filterdns.errors import ControlError, FilterUnavailable


def diff(
    new: Annotated[Path, typer.Argument(help="The config that is to be.", metavar="NEW")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="OLD",
            help="Compare with this config; no running filter is needed.",
        ),
    ] = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell for each person what NEW would change: what closes, what opens, and when."""
    calendars = running_calendars(directory) if config is None else offline_calendars(directory)
    wanted: Meaning = compiled_config(new, calendars)
    if config is None:
        in_force, wanted = _in_force(directory, wanted)
    else:
        in_force = compiled_config(config, calendars)
    lists_folder = folders_to_serve(directory).lists if directory and config else None
    with built_lists(wanted, lists_folder) as built:
        sides = (_side(in_force, built.index), _side(wanted, built.index))
        found = compare(*sides, time.time())
    if as_json:
        say_json(found)
    else:
        for line in _lines(found):
            say_prose(line)
    if found["changes"]:
        raise typer.Exit(1)


def _in_force(directory: Path | None, wanted: Meaning) -> tuple[Meaning, Meaning]:
    """Return what the running filter goes by, and *wanted* as it would be in its place."""
    try:
        said = running_filter(directory).get("/api/meaning")
        in_force = from_values(said["meaning"])
    except FilterUnavailable as error:
        raise ControlError(f"{error}; or name another config with --config") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ControlError("the running filter is of another version; use --config") from None
    # What its command line says holds whatever stands in the config.
    if "upstreams" in said["given"]:
        wanted = replace(wanted, upstreams=in_force.upstreams)
    if "workers" in said["given"]:
        process = replace(wanted.process, workers=in_force.process.workers)
        wanted = replace(wanted, process=process)
    return in_force, wanted


def _side(meaning: Meaning, index: Index) -> Side:
    return Side(meaning, FedLists(index, meaning.sources))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["changes"]:
        yield "nothing changes"
        return
    for person in found["people"]:
        yield from _section(_names(person["names"]), person["changes"], person["others"])
    yield from _section("unknown devices", found["unknown_devices"], [])
    for place in found["places"]:
        yield from _section(f"whoever is in {place['name']}", place["changes"], place["others"])
    yield from _section("devices", [], found["devices"])
    yield from _section("the house", [], found["house"])


def _section(
    title: str, changes: Sequence[Mapping[str, Any]], others: Sequence[str]
) -> Iterator[str]:
    if changes or others:
        yield title
        yield from (f"  {change['text']}" for change in changes)
        yield from (f"  {other}" for other in others)


def _names(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"


_MOST_NAMES = 5
