"""What the running filter is doing, in plain values."""

from typing import Any

from filterdns import __version__
from filterdns.control.lists import describe_source, error_of
from filterdns.control.rules import entries_by_category
from filterdns.control.running import RunningFilter


def read_status(running: RunningFilter) -> dict[str, Any]:
    """Return the status as plain values for JSON; *troubles* is empty where all is well."""
    in_force = running.in_force
    compiled = in_force.rules.compiled
    state = running.supervisor.state
    connected = {each.worker: each for each in running.workers.connected}
    return {
        "version": __version__,
        "started_at": running.started_at,
        "now": running.clock.now(),
        "config": str(running.options.config),
        "image": {"version": in_force.version, "since": in_force.since, "digest": compiled.digest},
        "last_reload": _last_reload(running),
        "listening": [{"host": host, "port": port} for host, port in state.listening],
        "workers": [
            {
                "number": number,
                "pid": worker.pid,
                "ready": worker.is_ready,
                "restarts": worker.restarts,
                "image": connected[number].version if number in connected else 0,
            }
            for number, worker in enumerate(state.workers)
        ],
        "people": len(compiled.ruleset.people),
        "policies": len(compiled.ruleset.policies),
        "places": len(compiled.ruleset.places),
        "lists": list_summary(running),
        "upstreams": [report._asdict() for report in running.upstreams.worst_by_name().values()],
        "history": {
            "rows": running.recorder.row_count,
            "bytes": running.recorder.byte_count,
            "pending_rows": running.recorder.pending_rows,
        },
        "troubles": troubles(running),
    }


def list_summary(running: RunningFilter) -> dict[str, Any]:
    """Return what the index in force holds."""
    index = running.in_force.rules.index
    return {
        "names": index.names if index is not None else 0,
        "categories": entries_by_category(index),
        "pending": running.in_force.pending,
        "building": running.lists.is_building,
    }


def read_lists(running: RunningFilter) -> dict[str, Any]:
    """Return each list and what became of its lines in the last build."""
    report = running.lists.report
    return {
        **list_summary(running),
        "sources": [describe_source(source) for source in report.sources] if report else [],
        "trouble": running.lists.trouble,
    }


def troubles(running: RunningFilter) -> list[str]:
    """Return everything that somebody should look at, in words."""
    found = list(running.supervisor.state.troubles)
    found += [
        f"worker {number} is not running"
        for number, worker in enumerate(running.supervisor.state.workers)
        if not worker.is_ready
    ]
    found += [
        f"upstream {report.name} is {report.state}: {report.why}"
        for report in running.upstreams.worst_by_name().values()
        if report.state != "up"
    ]
    found += [f"the list of {category} has not come yet" for category in running.in_force.pending]
    if running.lists.trouble:
        found.append(f"lists: {running.lists.trouble}")
    report = running.lists.report
    found += [f"list {error_of(each)}" for each in (report.sources if report else ()) if each.error]
    if running.recorder.trouble:
        found.append(running.recorder.trouble)
    if running.last_reload is not None and running.last_reload.problems:
        found.append("the last reload was refused; the config before it is in force")
    return found


def _last_reload(running: RunningFilter) -> dict[str, Any] | None:
    last = running.last_reload
    return None if last is None else {"at": last.at, "problems": last.problems}
