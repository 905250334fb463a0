"""`filterdns serve`: start the filter in the foreground."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from filterdns.cli.options import USUAL_CONFIG, ConfigOption, DirectoryOption, folders_to_serve


def serve(
    config: ConfigOption = USUAL_CONFIG,
    directory: DirectoryOption = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(help="Ask this server instead of the config's; may be given several times."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of workers, instead of the config's.")
    ] = None,
    test_clock: Annotated[
        Path | None,
        typer.Option(help="For tests: a file with an offset in seconds; loopback only."),
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
        from filterdns.control.rules import read_config

        read_config(config.absolute(), os.environ, tuple(upstream or ()), workers)
        return
    folders = folders_to_serve(directory)
    arguments = ["--config", str(config.absolute())]
    arguments += ["--state", str(folders.state), "--run", str(folders.run)]
    for server in upstream or ():
        arguments += ["--upstream", server]
    if workers is not None:
        arguments += ["--workers", str(workers)]
    if test_clock is not None:
        arguments += ["--test-clock", str(test_clock.absolute())]
    if strict:
        arguments.append("--strict")
    # A new program in the same process: the supervisor lives for months and carries nothing of the
    # command line. No module is to come from the folder that we happen to stand in.
    environment = {**_GIVE_BACK, **os.environ}
    environment |= {"PYTHONSAFEPATH": "1", "FILTERDNS_SERVE": _as_called(sys.argv)}
    command = [sys.executable, "-m", "filterdns.supervisor", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is meant to be there


# glibc, mallopt(3): what is large is given back to the system once it is free, by all threads. Left
# alone, it keeps some MB in every process. Small enough for tables, too large for what is received.
_GIVE_BACK: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(512 << 10),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}


def _as_called(command: Sequence[str]) -> str:
    """Return *command* so that the supervisor can turn into the newly installed program later.

    The path stays as it was called, absolute: an upgrade may point the link to another place.
    """
    return json.dumps([str(Path(command[0]).absolute()), *command[1:]])
