"""What the running filter is doing, in plain values. Every moment is in Unix seconds."""

import os
import time
from dataclasses import asdict
from typing import Any

from filterdns import __version__
from filterdns.blocklists.fetching.copies import Copy
from filterdns.blocklists.job import BuildReport
from filterdns.control.calendar_report import describe_calendars
from filterdns.control.lists import built_at, describe_source
from filterdns.control.processes import seconds_alive
from filterdns.control.rules import entries_by_category
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import degraded, describe_sealed
from filterdns.control.troubles import find_troubles
from filterdns.control.upstreams import UpstreamReport
from filterdns.kernel_time import boot_seconds
from filterdns.listeners.binding import RECEIVE_BUFFER_BYTES


def read_status(running: RunningFilter) -> dict[str, Any]:
    """Return the status as plain values for JSON; *troubles* is empty where all is well."""
    in_force = running.in_force
    compiled = in_force.rules.compiled
    state = running.supervisor.state
    return {
        "version": __version__,
        "started_at": running.started_at,
        "now": running.clock.now(),
        "troubles": [str(trouble) for trouble in find_troubles(running)],
        "degraded": degraded(running),
        "config": str(running.options.config),
        "image": {"version": in_force.version, "since": in_force.since, "digest": compiled.digest},
        "last_reload": _last_reload(running),
        "supervisor": _process(running, os.getppid()),
        "control": _process(running, os.getpid()),
        "workers": _workers(running),
        "spare": _spare(running),
        "listening": [{"host": host, "port": port} for host, port in state.listening],
        "buffers": [
            {**buffer._asdict(), "asked_bytes": RECEIVE_BUFFER_BYTES} for buffer in state.buffers
        ],
        "people": len(compiled.ruleset.people),
        "policies": len(compiled.ruleset.policies),
        "places": len(compiled.ruleset.places),
        "devices": _devices(running),
        "lists": read_lists(running),
        "calendars": describe_calendars(compiled, running.calendars),
        "upstreams": [
            _upstream(running, report) for report in running.upstreams.worst_by_name().values()
        ],
        "clock": _clock(running),
        "disk": running.disk.state._asdict(),
        "history": {
            "rows": running.recorder.row_count,
            "bytes": running.recorder.byte_count,
            "pending_rows": running.recorder.pending_rows,
        },
    }


def read_lists(running: RunningFilter) -> dict[str, Any]:
    """Return what the index in force holds, and what became of each list in the last build."""
    index = running.in_force.rules.index
    report = running.lists.report
    return {
        "names": index.names if index is not None else 0,
        "built_at": built_at(index),
        "categories": entries_by_category(index),
        "pending": running.in_force.pending,
        "building": running.lists.is_building,
        "sources": _sources(running, report) if report else [],
        "measured": asdict(report.measured) if report is not None else None,
        "sealed": describe_sealed(running),
        "trouble": running.lists.trouble,
    }


def _devices(running: RunningFilter) -> dict[str, Any]:
    nearby = running.nearby
    return {
        "seen": len(nearby.seen),
        "bound_addresses": len(nearby.bindings),
        "source": nearby.neighbours.source.value,
        "new": [
            {
                "at": each.first_seen_at,
                "mac": each.mac,
                "addresses": list(each.addresses),
                "name": each.host_name,
                "maker": each.maker,
            }
            for each in running.newcomers
        ],
    }


def _sources(running: RunningFilter, report: BuildReport) -> list[dict[str, Any]]:
    """Return what became of each list, and how it is with its copy if it is from the web."""
    specs = {(spec.category, spec.name): spec for spec in running.in_force.rules.compiled.sources}
    found = []
    for source in report.sources:
        spec = specs.get((source.category, source.name))
        values = describe_source(source)
        if spec is not None:
            values["licence"] = spec.licence
        if spec is not None and spec.url:
            copy = running.lists.copies.get(spec.url) or Copy(spec.url)
            values |= {
                "url": spec.url,
                "fetched_at": copy.fetched_at,
                "checked_at": copy.checked_at,
                "fetch_error": copy.last_error,
                "next_try_at": copy.next_try_at,
            }
        found.append(values)
    return found


def _process(running: RunningFilter, pid: int) -> dict[str, Any]:
    seconds = seconds_alive(pid) if pid else None
    return {"pid": pid, "since": None if seconds is None else running.clock.now() - seconds}


def _workers(running: RunningFilter) -> list[dict[str, Any]]:
    version_by_worker = {each.worker: each.version for each in running.workers.connected}
    return [
        {
            "number": number,
            **_process(running, worker.pid),
            "ready": worker.is_ready,
            "restarts": worker.restarts,
            "braked": worker.is_braked,
            "image": version_by_worker.get(number, 0),
        }
        for number, worker in enumerate(running.supervisor.state.workers)
    ]


def _spare(running: RunningFilter) -> dict[str, Any] | None:
    spare = running.supervisor.state.spare
    return None if spare is None else {**_process(running, spare.pid), "ready": spare.is_ready}


def _clock(running: RunningFilter) -> dict[str, Any]:
    clock = running.clock
    return {
        "state": clock.state,
        "now": clock.now(),
        "last_seen": running.last_seen.at or None,
        "floor": clock.floor.after(boot_seconds()),
    }


def _upstream(running: RunningFilter, report: UpstreamReport) -> dict[str, Any]:
    values = report._asdict()
    age_seconds = time.monotonic() - values.pop("heard_at")
    return {**values, "as_of": running.clock.now() - age_seconds}


def _last_reload(running: RunningFilter) -> dict[str, Any] | None:
    last = running.last_reload
    return None if last is None else {"at": last.at, "problems": last.problems}
