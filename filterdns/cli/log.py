"""`filterdns log`: what was blocked for whom."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer

from filterdns.cli.client import running_filter
from filterdns.cli.options import DirectoryOption, JsonOption
from filterdns.cli.output import local_time, say, say_json, say_table
from filterdns.control.query_log import USUAL_ROWS


def log(
    who: Annotated[str, typer.Option(metavar="NAME", help="Only this person or device.")] = "",
    since: Annotated[str, typer.Option(metavar="AGE", help="Only the last 30m, 2h, 7d, …")] = "",
    category: Annotated[str, typer.Option(metavar="ID", help="Only this category.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="At most so many rows.")
    ] = USUAL_ROWS,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show blocked queries, the newest last; queries of lifelines are never logged."""
    wanted = {"who": who, "since": since, "category": category, "limit": limit}
    running = running_filter(directory)
    if follow:
        with suppress(KeyboardInterrupt):  # how it is meant to end
            for row in running.follow("GET", "/api/log", follow=1, **wanted):
                if as_json:
                    say_json(row)
                else:
                    say("  ".join(_cells(row)))
        return
    rows = running.get("/api/log", **wanted)["rows"]
    if as_json:
        for row in rows:
            say_json(row)
    elif not rows:
        is_any_wanted = who or since or category
        say(f"no blocked query{' that fits' if is_any_wanted else ''} is in the log")
    else:
        say_table(_COLUMNS, [_cells(row) for row in rows])


_COLUMNS = ["last seen", "who", "device", "name", "count", "category", "rule"]


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        local_time(row["last_seen"]),
        row["person"] or "unknown",
        row["device"],
        row["name"] or "(not named)",
        str(row["count"]),
        row["category"],
        f"{row['row']} {row['rule']}".strip(),
    ]
