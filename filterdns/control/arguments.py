"""What the control process is started with: the options of `serve`, and its channel."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filterdns.config.servers import Endpoint
from filterdns.folders import Folders


@dataclass(frozen=True, slots=True)
class Options:
    """What `serve` was asked to do. *workers* None: as the config says.

    *in_use* is where is listened and how many workers there are already: the control process comes
    back to them. None at the start of a filter.
    """

    config: Path
    folders: Folders
    upstreams: tuple[str, ...] = ()
    workers: int | None = None
    test_clock: Path | None = None
    is_strict: bool = False
    in_use: tuple[tuple[Endpoint, ...], int] | None = None


def read_arguments(arguments: Sequence[str]) -> tuple[Options, int]:
    """Return the options and the descriptor of the channel in *arguments*."""
    parser = argparse.ArgumentParser(prog="filterdns-control")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--upstream", action="append", default=[])
    parser.add_argument("--workers", type=int)
    parser.add_argument("--test-clock", type=Path)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--in-use", type=_read_in_use)
    parser.add_argument("--fd", type=int, required=True)
    read = parser.parse_args(arguments)
    options = Options(
        config=read.config,
        folders=Folders(read.state, read.run),
        upstreams=tuple(read.upstream),
        workers=read.workers,
        test_clock=read.test_clock,
        is_strict=read.strict,
        in_use=read.in_use,
    )
    return options, read.fd


def _read_in_use(text: str) -> tuple[tuple[tuple[str, int], ...], int]:
    dns, workers = json.loads(text)
    return tuple((host, port) for host, port in dns), workers
