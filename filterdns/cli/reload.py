"""`filterdns reload`: let the running filter read its config anew."""

from filterdns.cli.client import LONG_PATIENCE_SECONDS, running_filter
from filterdns.cli.options import DirectoryOption, JsonOption
from filterdns.cli.output import complain, say, say_json


def reload(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Put the config as it is on disk in force, or say why it cannot be and change nothing."""
    running = running_filter(directory)
    found = running.post("/api/reload", patience_seconds=LONG_PATIENCE_SECONDS)
    if as_json:
        say_json(found)
        return
    for warning in found["warnings"]:
        complain(f"{warning} (warning)")
    say("reloaded")
