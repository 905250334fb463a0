import json

from filterdns import __version__
from tests.support.commands import Command


def test_the_version_is_told(command: Command) -> None:
    assert command("version").out == f"filterdns {__version__}\n"
    assert json.loads(command("version", "--json").out) == {"version": __version__}
