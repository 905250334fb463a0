"""`filterdns check`: whether a config is right, and does what it says."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from filterdns.cli.offline import built_lists, compiled_config, offline_calendars
from filterdns.cli.options import (
    DirectoryOption,
    JsonOption,
    OtherConfigOption,
    folders_to_serve,
)
from filterdns.cli.output import complain, say, say_json
from filterdns.config.check import Report
from filterdns.config.compile import Compiled
from filterdns.control.calendar_report import doubts_about_calendars
from filterdns.control.list_doubts import doubts_about_lists
from filterdns.control.reload import check_with
from filterdns.errors import ConfigError, ControlError, Problem
from filterdns.folders import USUAL_CONFIG
from filterdns.listeners.binding import Endpoint
from filterdns.listeners.taken_ports import taken_ports


def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help=f"The config file; otherwise {USUAL_CONFIG}.", show_default=False
        ),
    ] = None,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    ports: Annotated[
        bool, typer.Option("--ports", help="Tell only who else holds the ports to listen on.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell every problem of a config, doubts about it, and whether its `expect:` holds."""
    if file is not None and config is not None:
        raise ControlError("FILE and --config are the same thing; give one of them")
    path = file or config or USUAL_CONFIG
    if ports:
        _check_ports(compiled_config(path), as_json)
        return
    report = _report(path, directory)
    if as_json:
        say_json({"problems": _values(report.problems), "warnings": _values(report.warnings)})
    else:
        _tell(path, report)
    if report.problems:
        raise typer.Exit(2)


def _report(config: Path, directory: Path | None) -> Report:
    calendars = offline_calendars(directory)
    try:
        compiled = compiled_config(config, calendars)
    except ConfigError as error:
        return Report(error.problems, ())
    lists_folder = folders_to_serve(directory).lists if directory is not None else None
    with built_lists(compiled, lists_folder) as built:
        now = time.time()
        report = check_with(compiled, built.index, now)
        doubts = [
            *doubts_about_lists(compiled, built.sources),
            *doubts_about_calendars(compiled, calendars, now),
        ]
        return report._replace(warnings=tuple(sorted([*report.warnings, *doubts])))


def _tell(config: Path, report: Report) -> None:
    for problem in report.problems:
        complain(str(problem))
    for warning in report.warnings:
        complain(f"{warning} (warning)")
    if not report.problems:
        count = len(report.warnings)
        doubts = f", {count} warning{'s' if count != 1 else ''}" if count else ""
        say(f"{config} is right{doubts}")


def _check_ports(compiled: Compiled, as_json: bool) -> None:
    taken = taken_ports([Endpoint(*each) for each in compiled.process.dns])
    if as_json:
        say_json({"ports": [{**each._asdict(), "cures": each.cures} for each in taken]})
    else:
        for each in taken:
            complain(str(each))
    if any(each.refused for each in taken):
        raise typer.Exit(1)


def _values(problems: Sequence[Problem]) -> list[dict[str, object]]:
    return [problem._asdict() for problem in problems]
