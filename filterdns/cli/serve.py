"""`filterdns serve`: start the filter in the foreground."""

import os
from pathlib import Path
from typing import Annotated

import typer

from filterdns.cli.options import ConfigOption, DirectoryOption
from filterdns.cli.serving import Wishes, become_supervisor
from filterdns.folders import USUAL_CONFIG


def serve(
    config: ConfigOption = USUAL_CONFIG,
    directory: DirectoryOption = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERVER",
            help="Ask this server instead of the config's; may be given several times.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Number of workers, instead of the config's."),
    ] = None,
    test_clock: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="For tests: a file with an offset in seconds; loopback only."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse to start if `check` finds a problem.")
    ] = False,
    only_check: Annotated[
        bool, typer.Option("--check", help="Tell whether it would start so, and end.")
    ] = False,
) -> None:
    """Answer DNS until SIGTERM or Ctrl-C; SIGHUP reloads the config, SIGUSR2 restarts."""
    if only_check:
        # What it takes to read a config takes a third of a second, and who serves does it later.
        from filterdns.control.reading import read_config

        read_config(config.absolute(), os.environ, tuple(upstream or ()), workers)
        return
    become_supervisor(Wishes(config, directory, tuple(upstream or ()), workers, test_clock, strict))
