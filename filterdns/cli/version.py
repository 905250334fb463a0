"""`filterdns version`."""

from filterdns import __version__
from filterdns.cli.options import JsonOption
from filterdns.cli.output import say, say_json


def version(as_json: JsonOption = False) -> None:
    """Tell which version this is."""
    if as_json:
        say_json({"version": __version__})
    else:
        say(f"filterdns {__version__}")
