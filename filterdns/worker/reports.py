"""What a worker tells the control process: records, counts, the state of its upstreams."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from filterdns.listeners.stream import Connections
from filterdns.resolver.client_slot import AskerRow
from filterdns.resolver.record import Counters, Row
from filterdns.resolver.resolver import Resolver
from filterdns.upstreams.group import Group

MAX_ASKERS: Final = 500  # in a message; a name that one asks counts as one more
MAX_ROWS: Final = 60  # even with the longest names they fit into one message of the channel


def record_messages(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield *rows* in messages of bounded size."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == MAX_ROWS:
            yield {"t": "records", "rows": batch}
            batch = []
    if batch:
        yield {"t": "records", "rows": batch}


def asker_messages(rows: Iterable[AskerRow]) -> Iterator[dict[str, Any]]:
    """Yield *rows* in messages of bounded size; nothing for who has asked nothing."""
    batch: list[AskerRow] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += 1 + len(row.checks)
        if size >= MAX_ASKERS:
            yield {"t": "askers", "rows": batch}
            batch, size = [], 0
    if batch:
        yield {"t": "askers", "rows": batch}


class MetricsReport:
    """Turns the worker's counts into the message that the metrics page is made from.

    Totals of the parts are sent as what was added since the last report.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._sent: dict[tuple[str, tuple[str, ...]], int] = {}

    def message(
        self, resolver: Resolver, group: Group, connections: Connections, dropped_messages: int
    ) -> dict[str, Any]:
        """Return the message: counters as added counts, gauges as they stand.

        *dropped_messages* is the total of the link to the control process.
        """
        slots, cache = resolver.slots, resolver.cache
        totals = {
            ("filterdns_cache_hits_total", ()): cache.hits,
            ("filterdns_cache_misses_total", ()): cache.misses,
            ("filterdns_cache_evictions_total", ()): cache.evictions,
            ("filterdns_merged_total", ()): resolver.in_flight.merged,
            ("filterdns_records_dropped_total", ()): slots.notes.dropped_rows,
            ("filterdns_sealed_hits_total", ()): slots.notes.sealed_hits,
            ("filterdns_control_dropped_messages_total", ()): dropped_messages,
            **_upstream_totals(group),
        }
        values: list[list[Any]] = [
            [metric, list(labels), count] for metric, labels, count in self._counters.take()
        ]
        for (metric, labels), total in totals.items():
            sent = self._sent.get((metric, labels), 0)
            added = total - sent if total >= sent else total  # smaller: a new one counts from 0
            if added:
                values.append([metric, list(labels), added])
        self._sent.update(totals)
        gauges = {
            "filterdns_cache_entries": len(cache),
            "filterdns_cache_bytes": cache.used_bytes,
            "filterdns_memo_entries": slots.memos.entries,
            "filterdns_memo_bytes": slots.memos.used_bytes,
            "filterdns_client_slots": len(slots),
            "filterdns_in_flight": len(resolver.in_flight),
            "filterdns_tcp_connections": len(connections),
        }
        values += [[metric, [], value] for metric, value in gauges.items()]
        return {"t": "metrics", "values": values}


def _upstream_totals(group: Group) -> dict[tuple[str, tuple[str, ...]], int]:
    return {
        ("filterdns_upstream_queries_total", (name, outcome)): total
        for name, counters in group.counters_by_name.items()
        for outcome, total in (
            ("answered", counters.answered),
            ("timeout", counters.timeouts),
            ("failed", counters.network_errors),
            ("misfit", counters.misfits),
            ("tcp", counters.tcp_retries),
        )
    }
