"""`filterdns presets`: the policies that ship, as YAML."""

from typing import Annotated, Any

import typer
import yaml

from filterdns.cli.options import JsonOption
from filterdns.cli.output import say, say_json
from filterdns.config.nearest import cure
from filterdns.config.presets import PRESETS, preset_texts
from filterdns.config.units import quoted
from filterdns.errors import ControlError


def presets(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="One of them; all where none is given.", show_default=False
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Print the policies that ship, for children by age and for schools, as YAML to extend."""
    texts = preset_texts()
    if name and name not in texts:
        raise ControlError(f"{quoted(name)} is no preset; {cure(name, PRESETS)}")
    wanted = [text for each, text in texts.items() if name in ("", each)]
    whole = "policies:\n" + "\n".join(wanted)
    if as_json:
        say_json(_plain(whole))
    else:
        say(whole.rstrip("\n"))


def _plain(text: str) -> dict[str, Any]:
    """Return what *text* says, every value as text."""
    values: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - makes texts alone
    return values
