"""Rows of blocked queries as workers send them up, read with distrust.

A worker faces the network, so nothing that it sends is taken on faith: types, lengths and limits
are checked, and times are never later than now.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from filterdns.policy.verdict import Row

SECONDS_PER_HOUR: Final = 3600
MAX_COUNT: Final = 1_000_000_000  # queries of one row in one batch, far beyond any real one


class Key(NamedTuple):
    """What makes two rows one: the same of everything within an hour of first sight.

    *hour* counts since the Unix epoch. *person* is empty for an unknown device; *device* is its
    name in the config, else the client's address. *name* is the text of a domain name. A row
    without name is told apart by category only: *row* and *rule* are then empty too.
    """

    hour: int
    person: str
    device: str
    name: str
    category: str
    row: str
    rule: str

    def without_name(self) -> "Key":
        """Return the key of the row that counts what is kept without name.

        The words of a rule may hold the name, so they go with it.
        """
        return self._replace(name="", row="", rule="")


@dataclass(frozen=True, slots=True)
class Tally:
    """From when to when (Unix seconds) and how often."""

    first_seen: int
    last_seen: int
    count: int

    def plus(self, other: "Tally") -> "Tally":
        """Return both as one."""
        return Tally(
            min(self.first_seen, other.first_seen),
            max(self.last_seen, other.last_seen),
            self.count + other.count,
        )


def read_row(value: object, now: float) -> tuple[Key, Tally]:
    """Return what *value*, decoded from JSON, says happened up to *now* (Unix seconds).

    The order is person, device, name, category, row, rule, first seen, last seen, count. Times
    after *now* are taken as now: clocks are stepped, and a row of tomorrow would outlive its
    retention. Raises `ValueError` for what is no such row.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != _FIELD_COUNT:
        raise ValueError("not a list of 9")
    texts = [_text(*pair) for pair in zip(value, _TEXTS, strict=False)]
    last_seen = min(_second(value[7]), int(now))
    first_seen = min(_second(value[6]), last_seen)
    key = Key(first_seen // SECONDS_PER_HOUR, *texts)
    if key.row not in _ROWS:
        raise ValueError("no row of the table of decisions")
    tally = Tally(first_seen, last_seen, _count(value[8]))
    return (key if key.name else key.without_name()), tally


class _Text(NamedTuple):
    max_length: int
    pattern: re.Pattern[str]


_PLAIN: Final = re.compile("[^\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]*")
_DOMAIN: Final = re.compile("[!-~]*")  # `dns.names.to_text` escapes all other bytes

_FIELD_COUNT: Final = 9
_TEXTS: Final = (
    _Text(100, _PLAIN),  # person
    _Text(100, _PLAIN),  # device, or an address with its scope
    _Text(1016, _DOMAIN),  # 254 bytes of a name, each escaped with four characters
    _Text(100, _PLAIN),  # category
    _Text(3, _PLAIN),  # row
    _Text(1000, _PLAIN),  # rule
)
_ROWS: Final = frozenset(row.value for row in Row if row is not Row.SEALED)  # never with a person


def _text(value: object, field: _Text) -> str:
    if not isinstance(value, str) or len(value) > field.max_length:
        raise ValueError("no text, or too long")
    if not field.pattern.fullmatch(value):
        raise ValueError("characters that have no place in a log")
    return value


def _second(value: object) -> int:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError("no time")
    return int(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_COUNT:
        raise ValueError("no count")
    return value
