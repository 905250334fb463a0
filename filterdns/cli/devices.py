"""`filterdns devices`: who is in the house, and whose each device is."""

from collections.abc import Mapping
from typing import Any

import typer

from filterdns.cli.client import running_filter
from filterdns.cli.options import DirectoryOption, JsonOption
from filterdns.cli.output import Colour, local_time, say, say_in, say_json, say_table

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
            say(text)
    rows = sorted(found["devices"], key=lambda row: row["last_seen_at"] or 0.0, reverse=True)
    say_table(_COLUMNS, [_cells(row) for row in rows])
    for row in rows:
        for match in row["may_be"]:
            person, _, device = match.partition("/")
            say(
                f"{row['mac']} may be {match} under a new address: `filterdns devices assign"
                f" {row['mac']} {person} {device}`"
            )


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
