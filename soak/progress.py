"""How a soak tells what it does, and where its result goes."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench.machine import describe_machine


@contextmanager
def show_on(console: Console | None = None) -> Iterator[Callable[[str], None]]:
    """Give something that shows a line of text where the last one stood, on a terminal only."""
    console = console or Console()
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("starting")
        yield lambda text: progress.update(task, description=text)


def write_json(path: Path, result: Mapping[str, Any]) -> None:
    """Write *result* with the day and the machine's description."""
    head = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": describe_machine()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**head, **result}, indent=1) + "\n")
