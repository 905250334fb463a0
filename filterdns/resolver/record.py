"""What happened to queries, counted where it happened and taken upwards in batches.

A repeated blocked query adds one to a hit; rows go up now and then. The log that people want to
read is exactly this: which device, which name, which rule, from when to when, how often.
"""

from collections import Counter

from filterdns.dns import names
from filterdns.policy.verdict import LIFELINE
from filterdns.policy.verdict import Row as PolicyRow

MAX_NAMES_PER_HOUR = 200
"""Distinct names of one client that are kept in an hour; beyond it, what the list says."""

Row = tuple[str, str, str, str, str, str, int, int, int]
"""Person, device, name, category, row, rule, first seen, last seen (Unix seconds), count."""


class Cause:
    """Why names are blocked, as the log keeps it: one object for all of which it is true.

    The last *listed_length* bytes of each of those names are the entry that matched; 0 where none
    did, or where that is the name of an alias. *labels* are those of the metric. What is sealed or
    a lifeline (that an adult gave up) is only counted: no row says who asked, and no metric that it
    was for help.
    """

    __slots__ = ("category", "is_lifeline", "is_sealed", "labels", "listed_length", "row", "rule")

    def __init__(
        self, category: str, row: str, rule: str, listed_length: int, *, is_sealed: bool = False
    ) -> None:
        self.category = category
        self.row = row
        self.rule = rule
        self.listed_length = listed_length
        self.is_sealed = is_sealed
        self.is_lifeline = category == LIFELINE
        self.labels = (PolicyRow.NAME.value, "") if self.is_lifeline else (row, category)

    def listed(self, name: bytes) -> bytes:
        """Return the entry that matched the blocked *name*, empty where none did."""
        return name[len(name) - self.listed_length :]


class Hit:
    """How often a name was blocked for one cause, and when (Unix seconds)."""

    __slots__ = ("count", "first_seen", "last_seen")

    def __init__(self, now: float) -> None:
        self.count = 1
        self.first_seen = self.last_seen = now


class Counters:
    """Counts of a worker since it last sent them: by metric, and by labels."""

    def __init__(self) -> None:
        self._counts_by_metric: dict[str, Counter[tuple[str, ...]]] = {}

    def of(self, metric: str) -> Counter[tuple[str, ...]]:
        """Return the counts of *metric* by labels, to be added to: the same object for ever."""
        return self._counts_by_metric.setdefault(metric, Counter())

    def take(self) -> list[tuple[str, tuple[str, ...], int]]:
        """Return all counts and begin anew."""
        taken = []
        for metric, counts in self._counts_by_metric.items():
            taken += [(metric, labels, count) for labels, count in counts.items()]
            counts.clear()
        return taken


def row(person: str, device: str, name: bytes, cause: Cause, hit: Hit) -> Row:
    """Return *hit* as the row that goes up; *name* may be empty."""
    return (
        person,
        device,
        names.to_text(name) if name else "",
        cause.category,
        cause.row,
        cause.rule,
        int(hit.first_seen),
        int(hit.last_seen),
        hit.count,
    )
