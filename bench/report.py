"""Tables for the terminal."""

import sys
from collections.abc import Iterable
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table as Shown

from bench.tables import Table

FILE_WIDTH: Final = 150


def make_console(*, is_error: bool = False) -> Console:
    """Return a console that is wide enough for our tables where it is no terminal."""
    stream = sys.stderr if is_error else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else FILE_WIDTH)


def print_tables(console: Console, tables: Iterable[Table]) -> None:
    """Print them one below the other."""
    for table in tables:
        shown = Shown(title=table.title, box=box.SIMPLE_HEAD)
        for number, head in enumerate(table.head):
            shown.add_column(head, justify="right" if number >= table.first_figure else "left")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
        for note in table.notes:
            console.print(note)
