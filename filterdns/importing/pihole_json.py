"""The tables in a Teleporter backup of Pi-hole 5: one JSON file a table, or a kind of names."""

import json
from collections.abc import Mapping
from typing import Any, Final

from filterdns.importing.archive import failure
from filterdns.importing.pihole_tables import (
    ALLOW_EXACT,
    ALLOW_REGEX,
    COLUMNS,
    DENY_EXACT,
    DENY_REGEX,
    MOST_ROWS,
    Row,
    Tables,
    make_tables,
    too_many_rows,
)

TABLE_BY_MEMBER: Final = {f"{table}.json": table for table in COLUMNS if table != "domainlist"}
KIND_BY_MEMBER: Final = {
    "whitelist.exact.json": ALLOW_EXACT,
    "blacklist.exact.json": DENY_EXACT,
    "whitelist.regex.json": ALLOW_REGEX,
    "blacklist.regex.json": DENY_REGEX,
}


def read_json_tables(members: Mapping[str, bytes], file: str) -> Tables:
    """Return the tables in *members* of the archive *file*; one that is missing is empty.

    Raises `ConfigError` with member and row.
    """
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    for member, table in TABLE_BY_MEMBER.items():
        for at, entry in enumerate(_entries(members, member, file), 1):
            row = _row(entry, COLUMNS[table], file, f"{member} row {at}")
            rows[table].append([*row, 0] if table == "adlist" else row)
    for member, kind in KIND_BY_MEMBER.items():
        for at, entry in enumerate(_entries(members, member, file), 1):
            columns = ("id", "domain", "enabled")
            key, name, enabled = _row(entry, columns, file, f"{member} row {at}")
            rows["domainlist"].append((key, kind, name, enabled))
    return make_tables(rows, file)


def _entries(members: Mapping[str, bytes], member: str, file: str) -> list[Any]:
    if member not in members:
        return []
    try:
        entries = json.loads(members[member])
    except (ValueError, RecursionError):
        raise failure(file, member, "is no JSON, expected a list of rows") from None
    if not isinstance(entries, list):
        raise failure(file, member, "found no list, expected a list of rows")
    if len(entries) > MOST_ROWS:
        raise too_many_rows(member, file)
    return entries


def _row(entry: object, columns: tuple[str, ...], file: str, place: str) -> Row:
    if not isinstance(entry, dict):
        raise failure(file, place, "found no object, expected a row")
    missing = [column for column in columns if column not in entry]
    if missing:
        raise failure(file, place, f'found no "{missing[0]}", expected a row of Pi-hole 5')
    return [entry[column] for column in columns]
