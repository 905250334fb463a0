"""Whether a restart would help, and whether clients are answered: for machines that watch over us.

What is said here names no person, device, site or server: whoever may read the metrics may read it.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from filterdns.control.running import RunningFilter
from filterdns.control.troubles import Kind, find_troubles, look


class Health(NamedTuple):
    """The answer to a probe: whether it *is_well*, in a *word*, and the *reasons* in words."""

    is_well: bool
    word: str
    reasons: tuple[str, ...]

    def to_text(self) -> str:
        """Return it as lines, the word first."""
        return "".join(f"{line}\n" for line in (self.word, *self.reasons))

    def to_values(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"status": self.word, "reasons": list(self.reasons)}


def is_alive(running: RunningFilter) -> Health:
    """Return whether the filter works as a program: if it does not, a restart is worth a try."""
    look(running)
    if running.watch.has_no_worker(time.monotonic()):
        return Health(False, "failing", ("no worker is ready, and none has been for a while",))
    return Health(True, "ok", ())


def is_ready(running: RunningFilter) -> Health:
    """Return whether clients are answered by the rules in force.

    What is only degraded is ready: the reasons say it, a line for each kind of trouble. A filter
    whose upstreams are down still answers what it blocks and what it has in the cache, and sending
    its clients elsewhere would lift their rules.
    """
    kinds = dict.fromkeys(trouble.kind for trouble in find_troubles(running))
    if refusals := tuple(_refusals(running)):
        return Health(False, "not ready", refusals)
    reasons = tuple(f"degraded: {_words(kind, running)}" for kind in kinds)
    return Health(True, "ready", reasons)


def _refusals(running: RunningFilter) -> Iterator[str]:
    state = running.supervisor.state
    if running.is_over.is_set():
        yield "stopping"
        return
    if not state.workers:
        yield "starting"
        return
    if not state.listening:
        yield "no address is listened on"
    ready = [number for number, worker in enumerate(state.workers) if worker.is_ready]
    if not ready:
        yield "no worker is ready"
    elif set(ready) <= set(running.watch.behind(time.monotonic())):
        yield "no worker goes by the rules in force"


def _words(kind: Kind, running: RunningFilter) -> str:
    reports = running.upstreams.worst_by_name().values()
    if kind is Kind.UPSTREAM and all(report.state != "up" for report in reports):
        return "no upstream answers"
    return kind.words
