"""Everything that somebody should look at, in words, with its cure.

One list for all who tell of it: `filterdns status` shows the words, which name upstreams and files;
the health page and the metrics, which strangers may read, show the kinds alone.
"""

import time
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from filterdns.control.amounts import span
from filterdns.control.list_doubts import doubt_about
from filterdns.control.lists import error_of
from filterdns.control.running import RunningFilter


class Kind(StrEnum):
    """What a trouble is about."""

    LISTENING = "listening"
    WORKER = "worker"
    RULES = "rules"
    UPSTREAM = "upstream"
    LIST = "list"
    HISTORY = "history"
    CONFIG = "config"
    QUEUE = "queue"

    @property
    def words(self) -> str:
        """What is wrong, without a name."""
        return _WORDS[self]


class Trouble(NamedTuple):
    """One thing that is wrong, and what to do about it; empty where it passes by itself."""

    kind: Kind
    what: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.what}; {self.cure}" if self.cure else self.what


def find_troubles(running: RunningFilter) -> list[Trouble]:
    """Return everything that is wrong now, what stops answers first."""
    look(running)
    return [
        *_of_processes(running),
        *_of_upstreams(running),
        *_of_config(running),
        *_of_lists(running),
        *_of_disk(running),
    ]


def look(running: RunningFilter) -> None:
    """Take note of how things are; to be called again and again, see `Watch`."""
    now = time.monotonic()
    versions = {each.worker: each.version for each in running.workers.connected}
    running.watch.look_at_workers(
        running.supervisor.state.workers, versions, running.in_force.version, now
    )


_WORDS = {
    Kind.LISTENING: "an address is not listened on",
    Kind.WORKER: "a worker does not answer",
    Kind.RULES: "a worker goes by older rules",
    Kind.UPSTREAM: "an upstream does not answer",
    Kind.LIST: "a list is missing or not up to date",
    Kind.HISTORY: "the log is not written",
    Kind.CONFIG: "the config on disk is not in force",
    Kind.QUEUE: "queries were lost for want of room",
}


def _of_processes(running: RunningFilter) -> Iterator[Trouble]:
    state = running.supervisor.state
    for words in state.troubles:
        yield Trouble(Kind.LISTENING, words)
    for number, worker in enumerate(state.workers):
        if not worker.is_ready:
            cure = "it is started again; the log tells why it ended"
            yield Trouble(Kind.WORKER, f"worker {number} is not running", cure)
    for number in running.watch.behind(time.monotonic()):
        what = f"worker {number} goes by older rules than those in force"
        yield Trouble(Kind.RULES, what, "the log tells why; `filterdns reload` offers them again")


def _of_upstreams(running: RunningFilter) -> Iterator[Trouble]:
    for report in running.upstreams.worst_by_name().values():
        what = f"upstream {report.name} is {report.state}: {report.why}"
        if report.state == "loop":
            yield Trouble(Kind.UPSTREAM, what, "take it out of upstreams.servers")
        elif report.state != "up":
            cure = "it is asked again; see to the network, or name another in upstreams.servers"
            yield Trouble(Kind.UPSTREAM, what, cure)


def _of_config(running: RunningFilter) -> Iterator[Trouble]:
    cure = "put it right, then `filterdns reload`"
    last = running.last_reload
    refused = ""
    if last is not None and last.problems:
        when = span(running.clock.now() - last.at)
        more = f" (and {len(last.problems) - 1} more)" if len(last.problems) > 1 else ""
        refused = f"the last reload was refused {when} ago: {last.problems[0]}{more}"
    if running.degraded:
        what = f"degraded: {running.degraded}"
        yield Trouble(Kind.CONFIG, f"{what}; {refused}" if refused else what, cure)
    elif refused:
        yield Trouble(Kind.CONFIG, f"{refused}; the config before it is in force", cure)


def _of_lists(running: RunningFilter) -> Iterator[Trouble]:
    for category in running.in_force.pending:
        yield Trouble(Kind.LIST, f"the list of {category} has not come yet")
    if running.lists.trouble:
        yield Trouble(Kind.LIST, f"lists: {running.lists.trouble}")
    report = running.lists.report
    for source in report.sources if report is not None else ():
        stays = "its last good copy stays" if source.run is not None else "it has no entry"
        if source.error:
            cure = f"{stays}; put it right, then `filterdns lists build`"
            yield Trouble(Kind.LIST, f"list {error_of(source)}", cure)
        elif doubt := doubt_about(source):
            what = f"list {source.category} {source.name}: {doubt.message}"
            yield Trouble(Kind.LIST, what, doubt.cure)


def _of_disk(running: RunningFilter) -> Iterator[Trouble]:
    if running.recorder.trouble:
        yield Trouble(Kind.HISTORY, running.recorder.trouble)
