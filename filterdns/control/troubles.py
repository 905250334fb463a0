"""Everything that somebody should look at, in words, with its cure.

One list for all who tell of it: `filterdns status` shows the words, which name upstreams and files;
the health page and the metrics, which strangers may read, show the kinds alone.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.blocklists.job import State
from filterdns.clock import ClockState
from filterdns.control.amounts import size, span
from filterdns.control.calendar_report import troubles_of_calendars
from filterdns.control.in_force import PENDING_SECONDS
from filterdns.control.list_doubts import doubt_about
from filterdns.control.lists import error_of
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import dropped, troubles_of_sealed
from filterdns.control.watch import RECENT_SECONDS
from filterdns.devices.detections import HOW_TO_MARK
from filterdns.devices.leases import LeaseFileReport
from filterdns.listeners.binding import RECEIVE_BUFFER_BYTES, Endpoint


class Kind(StrEnum):
    """What a trouble is about."""

    LISTENING = "listening"
    WORKER = "worker"
    RULES = "rules"
    UPSTREAM = "upstream"
    LIST = "list"
    CALENDAR = "calendar"
    HISTORY = "history"
    CONFIG = "config"
    QUEUE = "queue"
    CLOCK = "clock"
    DISK = "disk"
    DEVICES = "devices"

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
        *_of_devices(running),
        *_of_lists(running),
        *_of_calendars(running),
        *_of_disk(running),
        *_of_clock(running),
    ]


MOST_ADDRESSES: Final = 3
MOST_FINDINGS: Final = 3  # of a kind: a school may have hundreds of phones with another DNS


def look(running: RunningFilter) -> None:
    """Take note of how things are; to be called again and again, see `Watch`."""
    now = time.monotonic()
    versions = {each.worker: each.version for each in running.workers.connected}
    running.watch.look_at_workers(
        running.supervisor.state.workers, versions, running.in_force.version, now
    )
    dropped: Counter[tuple[str, int]] = Counter()
    for buffer in running.supervisor.state.buffers:
        dropped[buffer.host, buffer.port] += buffer.dropped
    running.watch.look_at_drops(dropped, now)


_WORDS = {
    Kind.LISTENING: "an address is not listened on",
    Kind.WORKER: "a worker does not answer",
    Kind.RULES: "a worker goes by older rules",
    Kind.UPSTREAM: "an upstream does not answer",
    Kind.LIST: "a list is missing or not up to date",
    Kind.CALENDAR: "a calendar is missing or not up to date",
    Kind.HISTORY: "the log is not written",
    Kind.CONFIG: "the config on disk is not in force",
    Kind.QUEUE: "queries were lost for want of room",
    Kind.CLOCK: "the clock is not known to be right",
    Kind.DEVICES: "devices are not told apart as they should be",
    Kind.DISK: "the disk is nearly full or takes nothing",
}


def _of_processes(running: RunningFilter) -> Iterator[Trouble]:
    state = running.supervisor.state
    for words in state.troubles:
        yield Trouble(Kind.LISTENING, words)
    for number, worker in enumerate(state.workers):
        if worker.is_braked:
            what = f"worker {number} keeps ending, {worker.restarts} restarts so far"
            yield Trouble(Kind.WORKER, what, "it is tried again now and then; the log tells why")
        elif not worker.is_ready:
            cure = "it is started again; the log tells why it ended"
            yield Trouble(Kind.WORKER, f"worker {number} is not running", cure)
    for number in running.watch.behind(time.monotonic()):
        what = f"worker {number} goes by older rules than those in force"
        yield Trouble(Kind.RULES, what, "the log tells why; `filterdns reload` offers them again")
    if running.metrics_trouble:
        cure = "free that port or change metrics.listen, then `filterdns restart`"
        yield Trouble(Kind.LISTENING, running.metrics_trouble, cure)
    yield from _of_queues(running)


def _of_queues(running: RunningFilter) -> Iterator[Trouble]:
    lost = running.watch.recent_drops()
    if not lost:
        return
    minutes = int(RECENT_SECONDS // 60)
    where = ", ".join(str(Endpoint(*address)) for address in list(lost)[:MOST_ADDRESSES])
    more = f" and {len(lost) - MOST_ADDRESSES} more" if len(lost) > MOST_ADDRESSES else ""
    what = (
        f"{sum(lost.values()):,} queries to {where}{more} were lost in the last {minutes} minutes"
    )
    sizes = [each.granted_bytes for each in running.supervisor.state.buffers if each.granted_bytes]
    granted = min(sizes, default=RECEIVE_BUFFER_BYTES)
    if granted < RECEIVE_BUFFER_BYTES:
        cure = (
            f"the kernel grants a queue of {size(granted)} of {size(RECEIVE_BUFFER_BYTES)}:"
            f" `sysctl -w net.core.rmem_max={RECEIVE_BUFFER_BYTES}`, then `filterdns restart`"
        )
    else:
        cure = "let more workers answer (listen.workers), or bound what one client may ask (limits)"
    yield Trouble(Kind.QUEUE, what, cure)


def _of_upstreams(running: RunningFilter) -> Iterator[Trouble]:
    for report in running.upstreams.worst_by_name().values():
        why = report.why.removeprefix(f"{report.name}: ")
        what = f"upstream {report.name} is {report.state}: {why}"
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
    if words := dropped(running):
        back = "put it back; docs/lists.md says what a sealed list is"
        yield Trouble(Kind.CONFIG, f"degraded: {words}", back)


def _of_devices(running: RunningFilter) -> Iterator[Trouble]:
    findings = running.findings.current
    for kind in dict.fromkeys(finding.kind for finding in findings):
        of_kind = [finding for finding in findings if finding.kind is kind]
        for finding in of_kind[:MOST_FINDINGS]:
            yield Trouble(Kind.DEVICES, finding.found, finding.cure)
        if len(of_kind) > MOST_FINDINGS:
            what = f"{len(of_kind) - MOST_FINDINGS:,} more are like that"
            yield Trouble(Kind.DEVICES, what, "`filterdns devices` shows them")
    for address, queries in running.nearby.askers.unmarked_forwarders(running.clock.now()):
        what = f"trusted forwarder {address} did not say for which device in {queries:,} questions"
        cure = f"let it mark them ({HOW_TO_MARK}); the strictest policy holds for those"
        yield Trouble(Kind.DEVICES, what, cure)
    if running.nearby.bindings.trouble:
        yield Trouble(Kind.DEVICES, running.nearby.bindings.trouble)
    yield from _of_lease_files(running.nearby.leases.reports())


def _of_lease_files(reports: Iterable[LeaseFileReport]) -> Iterator[Trouble]:
    for report in reports:
        if report.trouble:
            what = f"lease file {report.path}: {report.trouble}"
            yield Trouble(Kind.DEVICES, what, report.cure)
        elif report.skipped:
            lines = "entry makes" if report.skipped == 1 else "entries make"
            what = f"lease file {report.path}: {report.skipped:,} {lines} no sense"
            cure = f"see to it; the other {report.leases:,} leases count"
            yield Trouble(Kind.DEVICES, what, cure)


_UNTIL_IT_COMES: Final = (
    f"until it does, for {PENDING_SECONDS / 60:.0f} minutes at most, devices for which it is"
    " blocked get empty answers for what no other rule decides"
)


def _of_lists(running: RunningFilter) -> Iterator[Trouble]:
    for category in running.in_force.pending:
        yield Trouble(Kind.LIST, f"the list of {category} has not come yet", _UNTIL_IT_COMES)
    if running.lists.trouble:
        yield Trouble(Kind.LIST, f"lists: {running.lists.trouble}")
    for what, cure in troubles_of_sealed(running):
        yield Trouble(Kind.LIST, what, cure)
    report = running.lists.report
    compiled = running.in_force.rules.compiled
    from_web = {(spec.category, spec.name) for spec in compiled.sources if spec.url}
    for source in report.sources if report is not None else ():
        stays = "its last good copy stays" if source.run is not None else "it has no entry"
        if source.error:
            is_from_web = (source.category, source.name) in from_web
            cure = f"{stays}; {_cure_of_list(source.state, is_from_web=is_from_web)}"
            yield Trouble(Kind.LIST, f"list {error_of(source)}", cure)
        elif doubt := doubt_about(source):
            what = f"list {source.category} {source.name}: {doubt.message}"
            yield Trouble(Kind.LIST, what, doubt.cure)


def _of_calendars(running: RunningFilter) -> Iterator[Trouble]:
    meaning = running.in_force.rules.compiled
    for what, cure in troubles_of_calendars(meaning, running.calendars):
        yield Trouble(Kind.CALENDAR, what, cure)


def _cure_of_list(state: State, *, is_from_web: bool) -> str:
    if state is State.QUARANTINED:
        return "decide about it: `filterdns lists review`"
    if is_from_web:
        return "`filterdns lists status` tells why, `filterdns lists update` tries again"
    return "put it right, then `filterdns lists build`"


def _of_disk(running: RunningFilter) -> Iterator[Trouble]:
    disk, recorder = running.disk.state, running.recorder
    if disk.trouble:
        cure = "answers go on; make room, or see to the disk"
        yield Trouble(Kind.DISK, f"the disk of {disk.folder}: {disk.trouble}", cure)
    elif disk.free_bytes < _scarce(disk.total_bytes):
        room = f"{size(disk.free_bytes)} of {size(disk.total_bytes)} are free"
        what = f"the disk of {disk.folder} is nearly full: {room}"
        yield Trouble(Kind.DISK, what, "make room, or lower history.at_most")
    if recorder.trouble:
        waiting = f"{recorder.pending_rows:,} rows wait in memory"
        lost = f", {recorder.lost:,} queries found no room there" if recorder.lost else ""
        yield Trouble(Kind.HISTORY, f"{recorder.trouble}; {waiting}{lost}")
    if recorder.broken_copy is not None:
        what = f"the history was damaged and begun anew; it lies in {recorder.broken_copy}"
        yield Trouble(Kind.HISTORY, what, "look into it if you like, then remove it")


def _scarce(total_bytes: int) -> float:
    """Return how much has to be free: 5 %, not below 100 MB, and not above 1 GB.

    Of a large disk 5 % are more than we ever fill, and of a small one 100 MB are too much to ask.
    """
    return min(1e9, max(0.05 * total_bytes, min(1e8, 0.2 * total_bytes)))


def _of_clock(running: RunningFilter) -> Iterator[Trouble]:
    cure = "let a time client run (`timedatectl` tells)"
    if running.clock.state is ClockState.WAITING:
        what = "the clock is waited for, and schedules are at their strictest meanwhile"
        yield Trouble(Kind.CLOCK, what, cure)
    elif running.clock.is_held_back:  # a clock that nobody sets but is plausible is no trouble
        what = "the clock is earlier than the last time that was seen, and counts from there"
        yield Trouble(Kind.CLOCK, what, cure)
