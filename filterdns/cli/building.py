"""Building lists in view of whoever waits for it: a progress bar on a terminal."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from filterdns.blocklists import job
from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings
from filterdns.control.lists import run_build
from filterdns.errors import StateError


class Show(Protocol):
    """Takes how far a build is."""

    def __call__(self, step: str, what: str, done: int, total: int) -> None:
        """Show that *done* of *total* of a step are done; *total* is 0 where nobody knows it."""
        ...


@contextmanager
def progress_bar() -> Iterator[Show]:
    """Give what shows progress on stderr; it stays silent where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("lists", total=None)

        def show(step: str, what: str, done: int, total: int) -> None:
            progress.update(bar, description=f"{step} {what}", completed=done, total=total or None)

        yield show


def build_here(
    sources: Sequence[job.SourceSpec], folder: Path, guards: GuardSettings = NO_SETTINGS
) -> job.BuildReport:
    """Build the index of *sources* in *folder*, with a bar.

    Raises `BlocklistError`, and `StateError` where the folder cannot be used. Sealed lists are
    left out: what is armed stays for good, and this may be a trial.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"{folder} cannot be used: {error.strerror}; name a folder of yours with --dir,"
            " or run the command with sudo"
        ) from None
    names = [source for source in sources if not source.is_sealed]
    with progress_bar() as show:
        return asyncio.run(run_build(names, folder, lambda each: show(*each), guards=guards))


def show_line(show: Show, line: dict[str, Any]) -> None:
    """Show a line of progress that the running filter has sent."""
    show(line["step"], line["what"], line["done"], line["total"])
