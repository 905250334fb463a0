"""How `filterdns serve` turns into the supervisor.

Typer, which reads all commands, takes a quarter of the time until the first answer to load. So what
a unit or a person usually asks of `serve` is read here, and what is not, mistakes included, there.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from filterdns.folders import USUAL_CONFIG, find_folders


class Wishes(NamedTuple):
    """What `serve` is asked to do; *workers* None: as the config says."""

    config: Path
    directory: Path | None = None
    upstreams: tuple[str, ...] = ()
    workers: int | None = None
    test_clock: Path | None = None
    is_strict: bool = False


def read_wishes(words: Sequence[str], environment: Mapping[str, str]) -> Wishes | None:
    """Return what *words* behind `serve` ask for; None where it takes Typer to tell."""
    values: dict[str, list[str]] = {option: [] for option in (*_LONG_OPTIONS, "--strict")}
    waiting = [*words]
    while waiting:
        word = waiting.pop(0)
        option, equals, value = word.partition("=")
        if word == "--strict":
            values[word].append("yes")
        elif option in _LONG_OPTIONS and equals:
            waiting[:0] = [option, value]
        elif word in _OPTIONS and waiting and waiting[0][:1] not in ("", "-"):
            values[_OPTIONS[word]].append(waiting.pop(0))
        else:
            return None
    return _wishes({option: given for option, given in values.items() if given}, environment)


def become_supervisor(wishes: Wishes) -> NoReturn:
    """Turn this process into the main one."""
    folders = find_folders(wishes.directory, os.environ, os.getuid())
    arguments = ["--config", str(wishes.config.absolute())]
    arguments += ["--state", str(folders.state), "--run", str(folders.run)]
    for server in wishes.upstreams:
        arguments += ["--upstream", server]
    if wishes.workers is not None:
        arguments += ["--workers", str(wishes.workers)]
    if wishes.test_clock is not None:
        arguments += ["--test-clock", str(wishes.test_clock.absolute())]
    if wishes.is_strict:
        arguments.append("--strict")
    # A new program in the same process: the supervisor lives for months and carries nothing of the
    # command line. No module is to come from the folder that we happen to stand in.
    environment = {**_GIVE_BACK, **os.environ}
    environment |= {"PYTHONSAFEPATH": "1", "FILTERDNS_SERVE": _as_called(sys.argv)}
    command = [sys.executable, "-m", "filterdns.supervisor", *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is meant to be there


_OPTIONS: Final = {
    "--config": "--config", "-c": "--config", "--dir": "--dir", "-d": "--dir",
    "--upstream": "--upstream", "--workers": "--workers", "--test-clock": "--test-clock",
}  # fmt: skip
_MANY_DIGITS: Final = 10
_LONG_OPTIONS: Final = frozenset(_OPTIONS.values())


def _wishes(values: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> Wishes | None:
    workers = values.get("--workers", [""])[-1]
    if workers and not (len(workers) < _MANY_DIGITS and workers.isdecimal() and int(workers)):
        return None
    config = values.get("--config", [environment.get("FILTERDNS_CONFIG") or USUAL_CONFIG])[-1]
    directory = values.get("--dir", [environment.get("FILTERDNS_DIR") or ""])[-1]
    return Wishes(
        Path(config),
        Path(directory) if directory else None,
        tuple(values.get("--upstream", ())),
        int(workers) if workers else None,
        Path(values["--test-clock"][-1]) if "--test-clock" in values else None,
        "--strict" in values,
    )


# glibc, mallopt(3): what is large is given back to the system once it is free, by all threads. Left
# alone, it keeps some MB in every process. Small enough for tables, too large for what is received.
_GIVE_BACK: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(512 << 10),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}


def _as_called(command: Sequence[str]) -> str:
    """Return *command* so that the supervisor can turn into the newly installed program later.

    The path stays as it was called, absolute: an upgrade may point the link to another place.
    """
    return json.dumps([str(Path(command[0]).absolute()), *command[1:]])
