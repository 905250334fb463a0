"""A history as the first version wrote it, with one row of Mia's."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

SCHEMA_1: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE blocked (
    id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, person TEXT NOT NULL, device TEXT NOT NULL,
    name TEXT NOT NULL, category TEXT NOT NULL, row TEXT NOT NULL, rule TEXT NOT NULL,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, count INTEGER NOT NULL,
    UNIQUE (hour, person, device, name, category, row, rule)
);
CREATE INDEX blocked_by_last_seen ON blocked (last_seen);
PRAGMA user_version = 1;
"""


def write_old_history(path: Path, seen_at: float) -> Path:
    """Write it to *path*; the row was seen at *seen_at* (Unix seconds)."""
    seen = int(seen_at)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA_1)
        connection.execute(
            "INSERT INTO blocked VALUES (7, ?, 'mia', 'tablet', 'old.example', 'adult', 'A11',"
            " 'block: adult', ?, ?, 3)",
            (seen // 3600, seen, seen),
        )
        connection.commit()
    return path
