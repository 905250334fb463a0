"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from filterdns.folders import Folders, find_folders

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", "-c", metavar="FILE", envvar="FILTERDNS_CONFIG", help="The config file."
    ),
]
OtherConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", help="Use this config file; no running filter is needed."
    ),
]
DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        "-d",
        metavar="DIR",
        envvar="FILTERDNS_DIR",
        help="The folder of the filter's files, instead of that of the system or user.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def folders_to_serve(directory: Path | None) -> Folders:
    """Return the folders that a filter started now uses."""
    return find_folders(directory, os.environ, os.getuid())
