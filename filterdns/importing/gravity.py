"""Pi-hole's gravity.db: read only, with a checked schema, a deadline and a limit of rows.

The file is opened as immutable: no lock, no journal, nothing written beside it. What a running
Pi-hole has not written back from its journal is not seen.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from filterdns.importing.archive import failure
from filterdns.importing.pihole_tables import (
    COLUMNS,
    MOST_ROWS,
    Row,
    Tables,
    make_tables,
    too_many_rows,
)

MAGIC: Final = b"SQLite format 3\x00"
LONGEST_SECONDS: Final = 10.0


def read_gravity(path: Path, file: str, seconds: float = LONGEST_SECONDS) -> Tables:
    """Return the tables of the database at *path*; messages call it *file*.

    Raises `ConfigError`, also where it takes more than *seconds*.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    deadline = time.monotonic() + seconds
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            _harden(database, deadline)
            columns = _check_schema(database, file)
            rows = {table: _rows(database, table, columns, file) for table in COLUMNS}
    except sqlite3.Error as error:
        if time.monotonic() > deadline:
            raise failure(file, "", f"takes longer than {seconds:.0f} s to read") from None
        raise failure(file, "", f"the database cannot be read: {error}") from None
    return make_tables(rows, file)


_STEPS_BETWEEN_LOOKS: Final = 10_000
_LONGEST_VALUE: Final = 100_000


def _harden(database: sqlite3.Connection, deadline: float) -> None:
    """Make sure that what stands in the schema runs nothing and that nothing runs for ever."""
    database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.text_factory = lambda text: text.decode(errors="replace")
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.execute("PRAGMA cell_size_check = ON")


def _check_schema(database: sqlite3.Connection, file: str) -> dict[str, set[str]]:
    """Return the columns of each table that is read; a view by that name is none."""
    columns = {}
    for table, expected in COLUMNS.items():
        found = database.execute(
            "SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
        if found is None or found[0] != "table" or not str(found[1]).startswith("CREATE TABLE"):
            problem = f'found no table "{table}", expected a database of Pi-hole 5 or later'
            raise failure(file, "", problem)
        listed = database.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
        columns[table] = {str(name) for (name,) in listed}
        missing = [column for column in expected if column not in columns[table]]
        if missing:
            problem = f'found no column "{missing[0]}", expected a database of Pi-hole 5 or later'
            raise failure(file, table, problem)
    return columns


def _rows(
    database: sqlite3.Connection, table: str, columns: dict[str, set[str]], file: str
) -> list[Row]:
    has_type = table == "adlist" and "type" in columns[table]
    query = _QUERIES["adlist with type" if has_type else table]
    rows = database.execute(query, (MOST_ROWS + 1,)).fetchall()
    if len(rows) > MOST_ROWS:
        raise too_many_rows(table, file)
    return rows


_QUERIES: Final = {
    "group": 'SELECT id, enabled, name FROM "group" LIMIT ?',
    "adlist": "SELECT id, address, enabled, comment, 0 FROM adlist LIMIT ?",
    "adlist with type": "SELECT id, address, enabled, comment, type FROM adlist LIMIT ?",
    "domainlist": "SELECT id, type, domain, enabled FROM domainlist LIMIT ?",
    "client": "SELECT id, ip, comment FROM client LIMIT ?",
    "adlist_by_group": "SELECT adlist_id, group_id FROM adlist_by_group LIMIT ?",
    "domainlist_by_group": "SELECT domainlist_id, group_id FROM domainlist_by_group LIMIT ?",
    "client_by_group": "SELECT client_id, group_id FROM client_by_group LIMIT ?",
}
