"""`filterdns upgrade-check`: whether this version can go on with the files of the one before."""

from typing import Any

import typer

from filterdns.cli.offline import compiled_config
from filterdns.cli.options import (
    ConfigOption,
    DirectoryOption,
    JsonOption,
    folders_to_serve,
)
from filterdns.cli.output import complain, say, say_json
from filterdns.control.upgrade import Finding, look_ahead
from filterdns.errors import ConfigError
from filterdns.folders import USUAL_CONFIG


def upgrade_check(
    config: ConfigOption = USUAL_CONFIG,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read config and state as this version would at its next start; nothing is changed.

    To be run with the new version before it takes over from the old one.
    """
    problems: list[str] = []
    try:
        compiled_config(config)
    except ConfigError as error:
        problems = [str(problem) for problem in error.problems]
    findings = look_ahead(folders_to_serve(directory))
    if as_json:
        say_json(_values(problems, findings))
    else:
        _tell(f"{config} is right", problems, findings)
    if problems:
        raise typer.Exit(2)
    if not all(each.is_ready for each in findings):
        raise typer.Exit(1)


def _tell(right: str, problems: list[str], findings: list[Finding]) -> None:
    for problem in problems:
        complain(problem)
    if not problems:
        say(f"  {'config':9} {right}")
    for what, is_ready, message in findings:
        if is_ready:
            say(f"  {what:9} {message}")
        else:
            complain(f"! {what:9} {message}")


def _values(problems: list[str], findings: list[Finding]) -> dict[str, Any]:
    return {
        "ready": not problems and all(each.is_ready for each in findings),
        "problems": problems,
        "state": [
            {"what": what, "ready": is_ready, "message": message}
            for what, is_ready, message in findings
        ],
    }
