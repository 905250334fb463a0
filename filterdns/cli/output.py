"""What commands write: results to stdout, everything else to stderr."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """Write *value* as one line of JSON."""
    say(json.dumps(value, ensure_ascii=False))


def complain(text: str) -> None:
    """Write a line that is no result."""
    sys.stderr.write(f"{text}\n")


class Colour(Enum):
    """How a line of the result is shown on a terminal that has colours."""

    GOOD = "\x1b[1;32m"
    BAD = "\x1b[1;31m"


def say_in(colour: Colour, text: str) -> None:
    """Write a line of the result in *colour*; plain in a pipe, or where NO_COLOR is set."""
    say(_coloured(text, colour))


def say_fact(label: str, text: str, colour: Colour | None = None) -> None:
    """Write *label*, in *colour* if one is given, and *text* beside it.

    On a terminal a long text goes on below its own beginning; in a pipe it stays one line.
    """
    lines = [text]
    if sys.stdout.isatty():
        room = max(20, shutil.get_terminal_size().columns - len(label) - 1)
        lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
    say(f"{_coloured(label, colour) if colour else label} {lines[0]}")
    for line in lines[1:]:
        say(f"{' ' * len(label)} {line}")


def say_table(
    columns: list[str], rows: list[list[str]], colours: Sequence[Colour | None] = ()
) -> None:
    """Write *rows* under *columns*: as wide as the terminal, in a pipe as wide as they are.

    *colours*, if given, are those of the second column, row by row.
    """
    # It takes longer than all that most commands do, and `serve` is to answer soon.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for number, row in enumerate(rows):
        cells: list[Text | str] = list(row)
        if colours and (colour := colours[number]) is not None:
            cells[1] = Text(row[1], style=_RICH_STYLES[colour])
        table.add_row(*cells)
    width = None if sys.stdout.isatty() else _ANY_WIDTH
    Console(markup=False, highlight=False, width=width).print(table)


def local_time(moment: float) -> str:
    """Return *moment* (Unix seconds) on the clocks of whoever reads."""
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S}"


def _coloured(text: str, colour: Colour) -> str:
    # https://no-color.org; a terminal without a cursor has no colours either.
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"{colour.value}{text}\x1b[0m" if sys.stdout.isatty() and is_wanted else text


_ANY_WIDTH = 10_000
_RICH_STYLES = {Colour.GOOD: "bold green", Colour.BAD: "bold red"}
