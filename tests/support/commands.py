"""Commands typed: with no running filter, or with one that serves in this very process."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from filterdns.cli.main import run
from filterdns.control.running import RunningFilter
from tests.support.api import served_filter
from tests.support.control import FAMILY


class Typed(NamedTuple):
    """What became of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., Typed]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command `filterdns`, to be called with its arguments."""

    def typed(*arguments: str | Path) -> Typed:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Typed(code, captured.out, captured.err)

    return typed


def typed_to(
    folder: Path,
    command: Command,
    *arguments: str | Path,
    body: str = FAMILY,
    first: Callable[[RunningFilter], object] = lambda _: None,
) -> Typed:
    """Return what becomes of a command to a filter that runs in *folder*, after *first*."""

    async def run_it() -> Typed:
        async with served_filter(folder, body) as running:
            first(running)
            return await asyncio.to_thread(command, *arguments, "--dir", folder)

    return asyncio.run(run_it())
