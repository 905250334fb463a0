"""`filterdns import`: the config of another filter as one of ours."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from filterdns.blocklists.catalog import load_catalog
from filterdns.cli.options import JsonOption
from filterdns.cli.output import complain, say, say_json
from filterdns.durable import new_file
from filterdns.errors import ControlError
from filterdns.importing.adguard import import_adguard
from filterdns.importing.blocky import import_blocky
from filterdns.importing.document import write_document
from filterdns.importing.imported import Imported, Known
from filterdns.importing.pihole import import_pihole
from filterdns.importing.timezone import find_timezone

import_ = typer.Typer(help="Write a config out of what another filter exports.")

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="What the other filter exported.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the config here, not to stdout."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
TimezoneOption = Annotated[
    str,
    typer.Option(
        "--timezone", metavar="ZONE", help="Whose clocks hold; otherwise this computer's."
    ),
]


@import_.command()
def pihole(
    file: FileArgument,
    output: OutputOption = None,
    force: ForceOption = False,
    timezone: TimezoneOption = "",
    as_json: JsonOption = False,
) -> None:
    """Carry over a Teleporter backup or the gravity.db of Pi-hole."""
    _import(import_pihole, file, output, timezone, force=force, as_json=as_json)


@import_.command()
def adguard(
    file: FileArgument,
    output: OutputOption = None,
    force: ForceOption = False,
    timezone: TimezoneOption = "",
    as_json: JsonOption = False,
) -> None:
    """Carry over the AdGuardHome.yaml of AdGuard Home."""
    _import(import_adguard, file, output, timezone, force=force, as_json=as_json)


@import_.command()
def blocky(
    file: FileArgument,
    output: OutputOption = None,
    force: ForceOption = False,
    timezone: TimezoneOption = "",
    as_json: JsonOption = False,
) -> None:
    """Carry over the config.yml of blocky."""
    _import(import_blocky, file, output, timezone, force=force, as_json=as_json)


def _import(
    read: Callable[[Path, Known], Imported],
    file: Path,
    output: Path | None,
    timezone: str,
    *,
    force: bool,
    as_json: bool,
) -> None:
    if output is not None and output.exists() and not force:
        raise ControlError(f"{output} is there already; name another file, or add --force")
    imported = read(file, _known(timezone))
    text = write_document(imported)
    if output is not None:
        _write(output, text, force=force)
    if as_json:
        say_json({"yaml": text, "remarks": [each._asdict() for each in imported.remarks]})
    elif output is None:
        say(text.rstrip("\n"))
    count = len(imported.remarks)
    complain(f"{count} remarks on what differs stand at the top; then run `filterdns check`")


def _known(timezone: str) -> Known:
    catalog = load_catalog()
    categories = catalog.categories.values()
    return Known(
        categories=frozenset(catalog.categories),
        with_starter=frozenset(each.id for each in categories if each.starter is not None),
        locked=frozenset(each.id for each in categories if each.is_locked),
        services=frozenset(catalog.services),
        timezone=find_timezone(timezone, os.environ),
        category_by_url={
            source.url: category.id for category in categories for source in category.sources
        },
    )


def _write(output: Path, text: str, *, force: bool) -> None:
    try:
        if force:
            with new_file(output) as file:
                file.write(text.encode())
        else:
            with output.open("x", encoding="utf-8") as new:
                new.write(text)
    except FileExistsError:
        raise ControlError(f"{output} is there already; add --force to replace it") from None
    except OSError as error:
        raise ControlError(f"{output} cannot be written: {error.strerror}") from None
