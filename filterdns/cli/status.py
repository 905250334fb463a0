"""`filterdns status`: how the running filter does."""

from typing import Any

import typer

from filterdns.cli.options import DirectoryOption, JsonOption, running_filter
from filterdns.cli.output import complain, local_time, say, say_json


def status(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Tell where the filter listens, what it goes by, and what is wrong."""
    found = running_filter(directory).get("/api/status")
    if as_json:
        say_json(found)
    else:
        _tell(found)
    if found["troubles"]:
        raise typer.Exit(1)


def _tell(found: dict[str, Any]) -> None:
    say(f"filterdns {found['version']}, since {local_time(found['started_at'])}")
    listening = [_endpoint(each) for each in found["listening"]]
    say(f"  listens on  {', '.join(listening)}")
    for worker in found["workers"]:
        state = "ready" if worker["ready"] else "not ready"
        restarts = f", {worker['restarts']} restarts" if worker["restarts"] else ""
        say(f"  worker {worker['number']}    {state}, pid {worker['pid']}{restarts}")
    say(
        f"  rules       {found['config']} since {local_time(found['image']['since'])}:"
        f" {found['people']} people, {found['policies']} policies"
    )
    say(f"  lists       {found['lists']['names']:,} names")
    for upstream in found["upstreams"]:
        say(f"  upstream    {upstream['name']} {upstream['state']}, {upstream['rtt_ms']} ms")
    history = found["history"]
    say(f"  log         {history['rows']:,} rows, {history['bytes']:,} bytes")
    for trouble in found["troubles"]:
        complain(f"  ! {trouble}")


def _endpoint(each: dict[str, Any]) -> str:
    host, port = each["host"], each["port"]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
