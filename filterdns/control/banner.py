"""What `serve` says when it serves: where it listens, what it loaded, what to try next."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from filterdns import __version__
from filterdns.control.explain import CLOCK_WORDS
from filterdns.control.rules import entries_by_category
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import degraded
from filterdns.control.upstreams import name_of_upstream

EXAMPLE_NAME = "wikipedia.org"


def write_banner(running: RunningFilter) -> str:
    """Return a few lines for whoever has started the filter."""
    lines = [f"filterdns {__version__} serves", *_lines(running)]
    return "\n".join(lines) + "\n"


def _lines(running: RunningFilter) -> Iterator[str]:
    compiled = running.in_force.rules.compiled
    ruleset = compiled.ruleset
    state = running.supervisor.state
    listening = [_endpoint(*each) for each in state.listening]
    shown = ", ".join(listening[:6]) + (f" and {len(listening) - 6} more" * (len(listening) > 6))
    workers = _count(len(state.workers), "worker")
    yield f"  listens on  {shown} (UDP and TCP, {workers})"
    if why := degraded(running):
        yield f"  degraded    {why}"
    counts = (
        _count(len(ruleset.people), "person", "people"),
        _count(len(ruleset.policies), "policy", "policies"),
        _count(len(ruleset.schedules), "schedule"),
        _count(len(ruleset.places), "group"),
    )
    yield f"  rules       {_shown(running.options.config)}: {', '.join(counts)}"
    yield f"  lists       {_lists(running)}"
    yield f"  upstreams   {', '.join(map(name_of_upstream, compiled.upstreams))}"
    if not running.clock.is_known:
        yield f"  clock       {CLOCK_WORDS}"
    host, port = state.listening[0] if state.listening else ("127.0.0.1", 53)
    at_port = "" if port == 53 else f" -p {port}"
    yield f"  try         dig @{host}{at_port} {EXAMPLE_NAME}"
    who = next(iter(ruleset.people), "unknown")
    folder = _folder_option(running)
    yield f"              {_command()} explain {who} {EXAMPLE_NAME}{folder}"
    yield f"              {_command()} log --follow{folder}"


def _lists(running: RunningFilter) -> str:
    index = running.in_force.rules.index
    categories = len(entries_by_category(index))
    total = f"{index.names:,} names" if index is not None else "none yet"
    pending = running.in_force.pending
    waiting = f"; still to come: {', '.join(pending)}" if pending else ""
    return f"{total} in {categories} categories{waiting}" if categories else f"{total}{waiting}"


def _command() -> str:
    """Return how our command is typed here: its path where the shell would not find it."""
    ours = Path(sys.executable).with_name("filterdns")
    found = shutil.which("filterdns")
    is_found = found is not None and Path(found).resolve() == ours.resolve()
    return "filterdns" if is_found else str(_shown(ours))


def _folder_option(running: RunningFilter) -> str:
    """Return the --dir that the next command needs to find this filter."""
    run = running.options.folders.run
    if run.name != "run":  # a folder of the system or of the user, which commands find themselves
        return ""
    return f" --dir {_shown(run.parent)}"


def _shown(path: Path) -> Path:
    """Return *path* as whoever has started the filter would type it."""
    here = Path.cwd()
    is_below = here != Path("/") and path.is_relative_to(here)
    return path.relative_to(here) if is_below else path


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word}" if number == 1 else f"{number} {plural or word + 's'}"
