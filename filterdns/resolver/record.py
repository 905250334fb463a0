"""What happened to queries, counted where it happened and taken upwards in batches.

A repeated blocked query adds one to a hit; rows go up now and then. The log that people want to
read is exactly this: which device, which name, which rule, from when to when, how often.
"""

from collections import Counter
from typing import NamedTuple

from filterdns.dns import names

MAX_NAMES_PER_HOUR = 200
"""Distinct names of one client that are kept in an hour; beyond it, what the list says."""

Row = tuple[str, str, str, str, str, str, int, int, int]
"""Person, device, name, category, row, rule, first seen, last seen (Unix seconds), count."""


class BlockedRecord(NamedTuple):
    """A blocked question as the log keeps it. *listed* is the entry that matched, or empty."""

    name: bytes
    listed: bytes
    category: str
    row: str
    rule: str


class Hit:
    """How often one record was hit, and when (Unix seconds)."""

    __slots__ = ("count", "first_seen", "last_seen")

    def __init__(self, now: float) -> None:
        self.count = 1
        self.first_seen = self.last_seen = now


class Counters:
    """Counts of a worker since it last sent them: (metric, labels) to number."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def add(self, metric: str, *labels: str, count: int = 1) -> None:
        """Add *count* to *metric* under *labels*."""
        self._counts[metric, labels] += count

    def take(self) -> list[tuple[str, tuple[str, ...], int]]:
        """Return all counts and begin anew."""
        taken = [(metric, labels, count) for (metric, labels), count in self._counts.items()]
        self._counts.clear()
        return taken


def row(person: str, device: str, record: BlockedRecord, hit: Hit) -> Row:
    """Return *hit* as the row that goes up."""
    return (
        person,
        device,
        names.to_text(record.name) if record.name else "",
        record.category,
        record.row,
        record.rule,
        int(hit.first_seen),
        int(hit.last_seen),
        hit.count,
    )
