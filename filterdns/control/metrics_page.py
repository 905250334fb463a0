"""The metrics page: what the workers have counted, and what this process knows at the moment."""

from collections import Counter

from filterdns import __version__
from filterdns.blocklists.job import State
from filterdns.clock import ClockState
from filterdns.control.lists import built_at
from filterdns.control.rules import entries_by_category
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import degraded
from filterdns.control.troubles import Kind, find_troubles


def metrics_page(running: RunningFilter) -> bytes:
    """Return all metrics in Prometheus' text format."""
    metrics, recorder = running.metrics, running.recorder
    in_force, rules = running.in_force, running.in_force.rules
    metrics.put("filterdns_build_info", 1, __version__)
    metrics.put("filterdns_process_start_time_seconds", running.started_at)
    _put_troubles(running)
    _put_processes(running)
    states: _Values = {(state,): state is running.clock.state for state in ClockState}
    metrics.replace("filterdns_clock_state", states)
    metrics.replace("filterdns_config_info", {(rules.compiled.digest,): 1})
    metrics.put("filterdns_config_version", in_force.version)
    metrics.replace(
        "filterdns_blocklist_entries",
        {(category,): count for category, count in entries_by_category(rules.index).items()},
    )
    _put_lists(running)
    metrics.put("filterdns_index_names", rules.index.names if rules.index is not None else 0)
    if (moment := built_at(rules.index)) is not None:
        metrics.put("filterdns_index_built_timestamp_seconds", moment)
    metrics.put("filterdns_disk_free_bytes", running.disk.state.free_bytes)
    metrics.put("filterdns_history_rows", recorder.row_count)
    metrics.put("filterdns_history_bytes", recorder.byte_count)
    metrics.put("filterdns_history_pending_rows", recorder.pending_rows)
    metrics.put("filterdns_history_trouble", 1 if recorder.trouble else 0)
    metrics.put("filterdns_history_refused_total", recorder.refused)
    metrics.put("filterdns_history_lost_total", recorder.lost)
    return metrics.page()


_Values = dict[tuple[str, ...], float]


def _put_lists(running: RunningFilter) -> None:
    """Tell how it is with the lists, by state and category: never a name."""
    report = running.lists.report
    if report is None:
        return
    metrics = running.metrics
    states = Counter(source.state for source in report.sources)
    metrics.replace("filterdns_blocklists", {(state,): states[state] for state in State})
    metrics.put("filterdns_blocklist_names_held", sum(len(each.held) for each in report.sources))
    measured = report.measured
    metrics.put("filterdns_blocklist_canaries_blocked", len(measured.canaries))
    metrics.replace(
        "filterdns_blocklist_popular_blocked_ratio",
        {
            (category,): count / measured.popular
            for category, count in measured.popular_blocked.items()
        },
    )
    metrics.replace(
        "filterdns_blocklist_labelled_blocked_ratio",
        {(category,): each.blocked / each.total for category, each in measured.labelled.items()},
    )


def _put_troubles(running: RunningFilter) -> None:
    running.metrics.put("filterdns_degraded", bool(degraded(running)))
    found = {trouble.kind for trouble in find_troubles(running)}
    running.metrics.replace("filterdns_trouble", {(kind,): kind in found for kind in Kind})


def _put_processes(running: RunningFilter) -> None:
    metrics, state = running.metrics, running.supervisor.state
    # The spare is connected, too, under the number that comes after those of the workers.
    count = len(state.workers)
    connected = sum(each.worker < count for each in running.workers.connected)
    metrics.put("filterdns_workers", connected)
    restarts: _Values = {(str(number),): each.restarts for number, each in enumerate(state.workers)}
    metrics.replace("filterdns_worker_restarts_total", restarts)
    metrics.put("filterdns_spare_ready", state.spare is not None and state.spare.is_ready)
    # By worker, not by address: there are so many workers, but new addresses come every day where
    # the network hands out IPv6 prefixes.
    dropped: Counter[tuple[str, ...]] = Counter()
    granted: _Values = {}
    for buffer in state.buffers:
        worker = (str(buffer.worker),)
        dropped[worker] += buffer.dropped
        if buffer.granted_bytes:
            granted[worker] = min(granted.get(worker, buffer.granted_bytes), buffer.granted_bytes)
    metrics.replace("filterdns_udp_dropped_total", dropped)
    metrics.replace("filterdns_udp_buffer_bytes", granted)
