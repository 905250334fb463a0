"""Changes of the history's schema, a step from each version to the next.

A database of an older version is copied before it is changed: whoever goes back to the version
before puts the copy in its place. The copy holds what the history holds and is kept no longer.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import aiosqlite

from filterdns.durable import new_file
from filterdns.errors import StateError

logger = logging.getLogger(__name__)

SCHEMA_VERSION: Final = 2
BEFORE_SCHEMA: Final = ".schema-"  # what the name of a copy has between the file's and the version

_STEPS: Final[Mapping[int, str]] = {
    # Whoever has one child's rows exported or erased in a school does not read all of them.
    1: "CREATE INDEX blocked_by_person ON blocked (person, last_seen)",
}


class Outlook(NamedTuple):
    """What the next start does with a database of schema *version* (0: there is none yet).

    *copy* is where it is copied to first, *size_bytes* what that takes of the *free_bytes* there.
    """

    version: int
    copy: Path | None
    size_bytes: int
    free_bytes: int


def look_ahead(path: Path) -> Outlook:
    """Return what becomes of the database at *path*, which is only read.

    Raises `StateError` where this version can do nothing with it.
    """
    try:
        if not path.exists():
            return Outlook(0, None, 0, 0)
        # Without a log the file alone says it, and SQLite need not make its files beside it.
        is_whole = not path.with_name(f"{path.name}-wal").exists()
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable={int(is_whole)}"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    except (sqlite3.Error, OSError) as error:
        raise StateError(f"{path} cannot be read: {error}") from None
    refuse_newer(path, version)
    is_older = 0 < version < SCHEMA_VERSION
    return Outlook(version, copy_before(path, version) if is_older else None, size, free)


def refuse_newer(path: Path, version: int) -> None:
    """Raise `StateError` if a newer filterdns has written the database at *path*."""
    if version > SCHEMA_VERSION:
        copy = copy_before(path, SCHEMA_VERSION)
        cure = f"put {copy} in its place" if copy.exists() else "move it away"
        raise StateError(
            f"{path} is of a newer filterdns (schema {version}, expected at most {SCHEMA_VERSION});"
            f" {cure}, or install the newer version"
        )


async def migrate(connection: aiosqlite.Connection, path: Path, version: int) -> None:
    """Bring the database at *path* from schema *version* to this version's, after a copy of it.

    All steps are one transaction. Raises `sqlite3.Error` and `OSError`: it is as before then.
    """
    copy = copy_before(path, version)
    await asyncio.to_thread(_copy, path, copy)
    await take_steps(connection, version)
    logger.info("history goes from schema %d to %d; copy: %s", version, SCHEMA_VERSION, copy)


async def take_steps(connection: aiosqlite.Connection, version: int) -> None:
    """Change the schema from *version* on, without a copy. Raises `sqlite3.Error`."""
    steps = ";\n".join(_STEPS[each] for each in range(version, SCHEMA_VERSION))
    await connection.executescript(
        f"BEGIN IMMEDIATE;\n{steps};\nPRAGMA user_version = {SCHEMA_VERSION};\nCOMMIT;"
    )


def copy_before(path: Path, version: int) -> Path:
    """Return where the database at *path* is kept as it was under schema *version*."""
    return path.with_name(f"{path.name}{BEFORE_SCHEMA}{version}")


def _copy(path: Path, copy: Path) -> None:
    """Copy the database at *path* whole, its log included; it is there complete or not at all."""
    with new_file(copy, mode=0o600) as file, closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (file.name,))
