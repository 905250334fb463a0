"""The tables of Pi-hole's domain database, as plain values, wherever they come from.

Source: docs.pi-hole.net, "Domain Database" and "Group Management"; schema version 20.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from filterdns.errors import ConfigError
from filterdns.importing.archive import failure

Row = Sequence[object]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "group": ("id", "enabled", "name"),
    "adlist": ("id", "address", "enabled", "comment"),
    "domainlist": ("id", "type", "domain", "enabled"),
    "client": ("id", "ip", "comment"),
    "adlist_by_group": ("adlist_id", "group_id"),
    "domainlist_by_group": ("domainlist_id", "group_id"),
    "client_by_group": ("client_id", "group_id"),
}
"""The columns that are read, in the order of a row."""

MOST_ROWS: Final = 50_000
"""Of one table."""

ALLOW_EXACT, DENY_EXACT, ALLOW_REGEX, DENY_REGEX = range(4)
BLOCKLIST, ALLOWLIST = range(2)


class Group(NamedTuple):
    """A group; what belongs to none that is enabled has no effect."""

    id: int
    name: str
    is_enabled: bool


class Adlist(NamedTuple):
    """A subscribed list; *kind* is BLOCKLIST or ALLOWLIST."""

    id: int
    address: str
    is_enabled: bool
    comment: str
    kind: int
    groups: frozenset[int]


class Domain(NamedTuple):
    """A name or regex on the allow- or denylist; *kind* is one of the four numbers above."""

    id: int
    kind: int
    text: str
    is_enabled: bool
    groups: frozenset[int]


class Client(NamedTuple):
    """A client by address, network, MAC, host name or `:interface`."""

    id: int
    key: str
    comment: str
    groups: frozenset[int]


class Tables(NamedTuple):
    """All of them."""

    groups: tuple[Group, ...]
    adlists: tuple[Adlist, ...]
    domains: tuple[Domain, ...]
    clients: tuple[Client, ...]


def make_tables(rows: Mapping[str, Sequence[Row]], file: str) -> Tables:
    """Return the tables whose *rows* have the columns of `COLUMNS`, `adlist` also the type.

    Raises `ConfigError` that names table and row of *file*.
    """
    links = {
        name: _links(rows[f"{name}_by_group"], f"{name}_by_group", file)
        for name in ("adlist", "domainlist", "client")
    }

    def read(table: str) -> Iterable["_Cells"]:
        return (_Cells(row, table, at, file) for at, row in enumerate(rows[table], 1))

    none: frozenset[int] = frozenset()
    return Tables(
        tuple(Group(row.number(0), row.text(2), bool(row.number(1))) for row in read("group")),
        tuple(
            Adlist(
                row.number(0),
                row.text(1),
                bool(row.number(2)),
                row.text(3),
                row.number(4),
                links["adlist"].get(row.number(0), none),
            )
            for row in read("adlist")
        ),
        tuple(
            Domain(
                row.number(0),
                row.number(1),
                row.text(2),
                bool(row.number(3)),
                links["domainlist"].get(row.number(0), none),
            )
            for row in read("domainlist")
        ),
        tuple(
            Client(
                row.number(0),
                row.text(1),
                row.text(2),
                links["client"].get(row.number(0), none),
            )
            for row in read("client")
        ),
    )


def too_many_rows(table: str, file: str) -> ConfigError:
    """Return the error about a table that no household fills."""
    return failure(file, table, f"found more than {MOST_ROWS:,} rows, expected at most that")


class _Cells(NamedTuple):
    """A row with its place."""

    row: Row
    table: str
    at: int
    file: str

    def number(self, column: int) -> int:
        value = self.row[column]
        if not isinstance(value, int) or abs(value) > _MOST:
            raise self._error(value, "a number")
        return int(value)

    def text(self, column: int) -> str:
        value = self.row[column]
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._error(value, "a text")
        return value.strip()

    def _error(self, value: object, expected: str) -> ConfigError:
        shown = repr(value)[:40]
        return failure(
            self.file, f"{self.table} row {self.at}", f"found {shown}, expected {expected}"
        )


_MOST: Final = 2**53


def _links(rows: Sequence[Row], table: str, file: str) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for at, row in enumerate(rows, 1):
        cells = _Cells(row, table, at, file)
        found.setdefault(cells.number(0), set()).add(cells.number(1))
    return {key: frozenset(groups) for key, groups in found.items()}
