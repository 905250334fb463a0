"""Every metric of filterdns on one page: name, help, labels. docs/metrics.md is its mirror.

No label ever holds the name of a site, a person or a device, and every label of a worker's metric
has a closed set of values, so what a worker sends can neither tell on a child nor fill the memory.
What a worker counts goes up as what has come since the last time, gauges as they are.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.policy.verdict import Row
from filterdns.resolver.answer import Outcome


class Kind(StrEnum):
    """How a number behaves, in the words of Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Label(NamedTuple):
    """A label and all values that it may have.

    Without *values*, those are what the config names (`category`, `upstream`), the number of the
    worker, or what the control process says of itself.
    """

    name: str
    values: tuple[str, ...] = ()


class Metric(NamedTuple):
    """One metric. Its name ends in `_total` if and only if it counts."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()

    @property
    def kind(self) -> Kind:
        """Whether the number only grows."""
        return Kind.COUNTER if self.name.endswith("_total") else Kind.GAUGE


CATEGORY: Final = Label("category")
UPSTREAM: Final = Label("upstream")
WORKER: Final = Label("worker")
VERSION: Final = Label("version")
DIGEST: Final = Label("digest")
TRANSPORT: Final = Label("transport", ("udp", "tcp"))
OUTCOME: Final = Label("outcome", tuple(Outcome))
ROW: Final = Label("row", tuple(row for row in Row if row is not Row.REWRITE))
UPSTREAM_OUTCOME: Final = Label("outcome", ("answered", "timeout", "misfit", "tcp", "failed"))
RESULT: Final = Label("result", ("applied", "refused"))
KIND: Final = Label("kind")
STATE: Final = Label("state")

# Gauges of workers have the label `worker` first: each has its own number, which dies with it.
WORKER_METRICS: Final = (
    Metric("filterdns_queries_total", "Queries, by what became of them.", (TRANSPORT, OUTCOME)),
    Metric("filterdns_blocked_total", "Blocked queries, by what decided.", (ROW, CATEGORY)),
    Metric("filterdns_sealed_hits_total", "Queries that a sealed list blocked."),
    Metric("filterdns_merged_total", "Queries that waited for the answer to an equal one."),
    Metric(
        "filterdns_upstream_queries_total",
        "Queries to upstreams, by what came of them.",
        (UPSTREAM, UPSTREAM_OUTCOME),
    ),
    Metric("filterdns_in_flight", "Questions that wait for an upstream.", (WORKER,)),
    Metric("filterdns_cache_entries", "Answers in the cache.", (WORKER,)),
    Metric("filterdns_cache_bytes", "Memory that the cache takes.", (WORKER,)),
    Metric("filterdns_cache_hits_total", "Look-ups that the cache could answer."),
    Metric("filterdns_cache_misses_total", "Look-ups that the cache could not answer."),
    Metric("filterdns_cache_evictions_total", "Answers that left the cache for want of room."),
    Metric("filterdns_memo_entries", "Finished answers in all memos.", (WORKER,)),
    Metric("filterdns_memo_bytes", "Memory that all memos take.", (WORKER,)),
    Metric("filterdns_client_slots", "Client addresses that are kept in mind.", (WORKER,)),
    Metric("filterdns_tcp_connections", "Open TCP connections of clients.", (WORKER,)),
    Metric("filterdns_records_dropped_total", "Rows of the log that a worker had to drop."),
    Metric(
        "filterdns_control_dropped_messages_total",
        "Messages that a worker dropped because the control process took none.",
    ),
)

CONTROL_METRICS: Final = (
    Metric("filterdns_build_info", "1 for the version that runs.", (VERSION,)),
    Metric("filterdns_process_start_time_seconds", "Start of the control process, Unix seconds."),
    Metric("filterdns_degraded", "1 while not all is as the config says, else 0."),
    Metric("filterdns_trouble", "1 while somebody should look at this, else 0.", (KIND,)),
    Metric("filterdns_workers", "Workers that are connected."),
    Metric("filterdns_worker_restarts_total", "How often a worker was started again.", (WORKER,)),
    Metric("filterdns_spare_ready", "1 while a spare worker stands by, else 0."),
    Metric(
        "filterdns_udp_dropped_total",
        "Queries that found no room in the queue of a worker's UDP sockets.",
        (WORKER,),
    ),
    Metric(
        "filterdns_udp_buffer_bytes",
        "The smallest queue that a UDP socket of a worker was granted.",
        (WORKER,),
    ),
    Metric("filterdns_clock_state", "1 for how far the clock is trusted, 0 else.", (STATE,)),
    Metric("filterdns_config_info", "1 for the digest of the config in force.", (DIGEST,)),
    Metric("filterdns_config_version", "The number of the image that workers are given."),
    Metric("filterdns_config_reloads_total", "Reloads of the config.", (RESULT,)),
    Metric("filterdns_blocklist_entries", "Entries in the lists of a category.", (CATEGORY,)),
    Metric("filterdns_blocklists", "Lists in each state.", (STATE,)),
    Metric("filterdns_blocklist_names_held", "Popular names in lists that wait for a review."),
    Metric("filterdns_blocklist_canaries_blocked", "Names known to be good that lists block."),
    Metric(
        "filterdns_blocklist_popular_blocked_ratio",
        "Share of the most popular names that the lists of a category block.",
        (CATEGORY,),
    ),
    Metric(
        "filterdns_blocklist_labelled_blocked_ratio",
        "Share of the labelled names of a category that its lists block.",
        (CATEGORY,),
    ),
    Metric("filterdns_index_names", "Names in the index."),
    Metric("filterdns_index_built_timestamp_seconds", "When the index was built, Unix seconds."),
    Metric("filterdns_disk_free_bytes", "Room on the disk that holds the state."),
    Metric("filterdns_history_rows", "Rows of the log on disk."),
    Metric("filterdns_history_bytes", "Size of the log on disk."),
    Metric("filterdns_history_pending_rows", "Rows of the log that wait to be written."),
    Metric("filterdns_history_trouble", "1 while the log cannot be written, else 0."),
    Metric("filterdns_history_refused_total", "Rows of workers that were malformed."),
    Metric("filterdns_history_lost_total", "Blocked queries that the log misses."),
    Metric("filterdns_metrics_refused_total", "Numbers of workers that fit no metric here."),
)

METRICS: Final = WORKER_METRICS + CONTROL_METRICS
