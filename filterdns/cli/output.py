"""What commands write: results to stdout, everything else to stderr."""

import json
import sys
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table


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


def say_table(columns: list[str], rows: list[list[str]]) -> None:
    """Write *rows* under *columns*: as wide as the terminal, in a pipe as wide as they are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else _ANY_WIDTH
    Console(markup=False, highlight=False, width=width).print(table)


def local_time(moment: float) -> str:
    """Return *moment* (Unix seconds) on the clocks of whoever reads."""
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S}"


_ANY_WIDTH = 10_000
