"""What commands write: results to stdout, everything else to stderr."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from itertools import accumulate
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

    HEAD = "\x1b[1m"
    GOOD = "\x1b[1;32m"
    BAD = "\x1b[1;31m"


def say_in(colour: Colour, text: str) -> None:
    """Write a line of the result in *colour*; plain in a pipe, or where NO_COLOR is set."""
    say(_coloured(text, colour))


def say_prose(text: str) -> None:
    """Write a long line of the result; on a terminal it goes on below, a step further in."""
    if not sys.stdout.isatty():
        say(text)
        return
    begin = text[: len(text) - len(text.lstrip())]
    for line in textwrap.wrap(
        text.strip(),
        max(20, shutil.get_terminal_size().columns),
        initial_indent=begin,
        subsequent_indent=f"{begin}{_GAP}",
        break_on_hyphens=False,
    ):
        say(line)


def say_fact(label: str, text: str, colour: Colour | None = None) -> None:
    """Write *label*, in *colour* if one is given, and *text* beside it.

    On a terminal a long text goes on below its own beginning, or where *label* is long below that;
    in a pipe it stays one line.
    """
    lines = [text]
    if sys.stdout.isatty():
        columns = max(20, shutil.get_terminal_size().columns)
        begin = " " * (len(label) + 1)
        later = begin if len(label) < columns // 3 else _INDENT
        lines = textwrap.wrap(
            text, columns, initial_indent=begin, subsequent_indent=later, break_on_hyphens=False
        )
        lines[:1] = [line.removeprefix(begin) for line in lines[:1]] or [""]
    say(f"{_coloured(label, colour) if colour else label} {lines[0]}".rstrip())
    for line in lines[1:]:
        say(line)


def say_table(
    columns: list[str], rows: list[list[str]], colours: Sequence[Colour | None] = ()
) -> None:
    """Write *rows* under *columns*, in a pipe as wide as they are.

    On a terminal that is too narrow empty columns go, and what does not fit stands below its row,
    behind the name of its column: no cell is squeezed. *colours*, if given, are those of the second
    column, row by row.
    """
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    rows = [[_printable(cell) for cell in row] for row in rows]
    fitting = _how_many_fit(widths := _widths(columns, rows), room)
    if fitting < len(columns):
        filled = [at for at in range(len(columns)) if any(row[at] for row in rows)]
        columns, rows = _only(filled, columns), [_only(filled, row) for row in rows]
        fitting = _how_many_fit(widths := _widths(columns, rows), room)
    say(_coloured(_line(columns[:fitting], widths), Colour.HEAD))
    for number, row in enumerate(rows):
        say(_line(row[:fitting], widths, colours[number] if colours else None))
        below = zip(columns[fitting:], row[fitting:], strict=True)
        for line in _below([f"{column}: {cell}" for column, cell in below if cell], room):
            say(line)


def local_time(moment: float) -> str:
    """Return *moment* (Unix seconds) on the clocks of whoever reads."""
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S}"


def _coloured(text: str, colour: Colour) -> str:
    # https://no-color.org; a terminal without a cursor has no colours either.
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"{colour.value}{text}\x1b[0m" if sys.stdout.isatty() and is_wanted else text


_GAP, _INDENT = "  ", "    "


def _printable(cell: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in cell)


def _only(places: list[int], cells: list[str]) -> list[str]:
    return [cells[place] for place in places]


def _width(text: str) -> int:
    # It takes longer than all that most commands do, and `serve` is to answer soon.
    from rich.cells import cell_len

    return cell_len(text)  # letters of some scripts take two places


def _widths(columns: list[str], rows: list[list[str]]) -> list[int]:
    return [max(map(_width, cells)) for cells in zip(columns, *rows, strict=True)]


def _how_many_fit(widths: list[int], room: int) -> int:
    ends = accumulate(width + len(_GAP) for width in widths)
    return max(1, sum(end - len(_GAP) <= room for end in ends))


def _line(cells: list[str], widths: list[int], colour: Colour | None = None) -> str:
    padded = [cell + " " * (widths[at] - _width(cell)) for at, cell in enumerate(cells)]
    if colour and len(cells) > 1:
        padded[1] = _coloured(cells[1], colour) + padded[1][len(cells[1]) :]
    return _GAP.join(padded).rstrip()


def _below(parts: list[str], room: int) -> Iterator[str]:
    """Yield *parts* in lines below the row that they belong to, as many in a line as fit."""
    line = ""
    for part in parts:
        if line and _width(line) + len(_GAP) + _width(part) > room:
            yield from _wrapped(line, room)
            line = ""
        line += f"{_GAP if line else _INDENT}{part}"
    if line:
        yield from _wrapped(line, room)


def _wrapped(line: str, room: int) -> list[str]:
    return textwrap.wrap(
        line.strip(),
        room,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + _GAP,
        break_on_hyphens=False,
    )
