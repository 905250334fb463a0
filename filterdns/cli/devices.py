"""`filterdns devices`: who is in the house, and whose each device is."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from filterdns.cli.client import running_filter
from filterdns.cli.device_writing import config_of, give, refuse_router, sign_of
from filterdns.cli.offline import compiled_config, running_calendars
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption
from filterdns.cli.output import Colour, local_time, say, say_in, say_json, say_prose, say_table

devices = typer.Typer(
    help="Show the devices in the house, and say whose they are.", invoke_without_command=True
)


@devices.callback()
def show(
    context: typer.Context, directory: DirectoryOption = None, as_json: JsonOption = False
) -> None:
    """Show the devices that were seen, the last one first, and what looks wrong."""
    if context.invoked_subcommand is not None:
        return
    found = running_filter(directory).get("/api/devices")
    if as_json:
        say_json(found)
        return
    for finding in found["findings"]:
        text = f"{finding['found']}; {finding['cure']}"
        if finding["is_red"]:
            say_in(Colour.BAD, text)
        else:
            say_prose(text)
    rows = sorted(found["devices"], key=lambda row: row["last_seen_at"] or 0.0, reverse=True)
    say_table(_COLUMNS, [_cells(row) for row in rows])
    for row in rows:
        for match in row["may_be"]:
            person, _, device = match.partition("/")
            command = shlex.join(["filterdns", "devices", "assign", row["mac"], person, device])
            say(f"{row['mac']} may be {match} under a new address: `{command}`")


DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
]
PolicyOption = Annotated[
    str,
    typer.Option(
        "--policy", metavar="POLICY", help="The policy of a person who is not in the config yet."
    ),
]


@devices.command()
def assign(
    device: Annotated[
        str, typer.Argument(metavar="DEVICE", help="Its MAC, or an address that it has.")
    ],
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose it is.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called: tablet, phone.")],
    policy: PolicyOption = "",
    whole_house: Annotated[
        bool, typer.Option("--whole-house", help="Also a router that asks for all devices.")
    ] = False,
    dry_run: DryRunOption = False,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a device to a person: write it into the config, check that, and reload."""
    found = running_filter(directory).get("/api/devices") if config is None else None
    if found is not None and not whole_house:
        refuse_router(found, device)
    wanted = sign_of(found, device, person, name)._replace(policy=policy)
    give([wanted], directory, config, adds=True, dry_run=dry_run, as_json=as_json)


@devices.command("import")
def import_table(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A table: person, device, mac, ip, id, policy.")
    ],
    policy: PolicyOption = "",
    dry_run: DryRunOption = False,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the devices of a table into the config, check that, and reload."""
    from filterdns.control.device_csv import read_table_file

    wanted = [each._replace(policy=each.policy or policy) for each in read_table_file(file)]
    give(wanted, directory, config, adds=False, dry_run=dry_run, as_json=as_json)


@devices.command()
def export(
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the devices of the config as the table that `import` reads."""
    from filterdns.control.device_changes import devices_of
    from filterdns.control.device_csv import write_table

    compiled = compiled_config(config_of(directory, config), running_calendars(directory))
    found = devices_of(compiled)
    if as_json:
        say_json([each._asdict() for each in found])
    else:
        say(write_table(found).rstrip("\n"))


_COLUMNS = ["whose", "device", "known by", "card", "maker", "calls itself", "addresses", "here"]
_MOST_ADDRESSES = 2


def _cells(row: Mapping[str, Any]) -> list[str]:
    addresses = row["addresses"][:_MOST_ADDRESSES]
    more = len(row["addresses"]) - len(addresses)
    marks = " (private)" * row["private"] + " (router)" * row["router"]
    return [
        row["person"] or "unknown",
        row["device"],
        row["known_by"],
        f"{row['mac'] or '-'}{marks}",
        row["maker"],
        row["host_name"],
        ", ".join(addresses) + (f" and {more} more" if more else ""),
        _seen(row),
    ]


def _seen(row: Mapping[str, Any]) -> str:
    if row["last_seen_at"] is None:
        return "never"
    asked = "" if row["asked_at"] is not None else ", has not asked"
    return f"{local_time(row['last_seen_at'])}{asked}"
