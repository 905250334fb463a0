"""The metrics page: what the workers have counted, and what this process knows at the moment."""

from filterdns import __version__
from filterdns.control.lists import built_at
from filterdns.control.rules import entries_by_category
from filterdns.control.running import RunningFilter


def metrics_page(running: RunningFilter) -> bytes:
    """Return all metrics in Prometheus' text format."""
    metrics, recorder = running.metrics, running.recorder
    in_force, rules = running.in_force, running.in_force.rules
    metrics.put("filterdns_build_info", 1, __version__)
    metrics.put("filterdns_process_start_time_seconds", running.started_at)
    metrics.put("filterdns_workers", len(running.workers.connected))
    metrics.replace("filterdns_config_info", {(rules.compiled.digest,): 1})
    metrics.put("filterdns_config_version", in_force.version)
    metrics.replace(
        "filterdns_blocklist_entries",
        {(category,): count for category, count in entries_by_category(rules.index).items()},
    )
    metrics.put("filterdns_index_names", rules.index.names if rules.index is not None else 0)
    if (moment := built_at(rules.index)) is not None:
        metrics.put("filterdns_index_built_timestamp_seconds", moment)
    metrics.put("filterdns_history_rows", recorder.row_count)
    metrics.put("filterdns_history_bytes", recorder.byte_count)
    metrics.put("filterdns_history_pending_rows", recorder.pending_rows)
    metrics.put("filterdns_history_trouble", 1 if recorder.trouble else 0)
    metrics.put("filterdns_history_refused_total", recorder.refused)
    metrics.put("filterdns_history_lost_total", recorder.lost)
    return metrics.page()
