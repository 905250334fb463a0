"""What this version makes of the files of another one, told before it is started on them.

Nothing is changed here. Derived files (image, lists) are made anew where their format has changed;
what cannot be made anew, the history, is copied and then migrated at the next start.
"""

from contextlib import closing
from typing import NamedTuple

from filterdns.control.lists import Lists
from filterdns.errors import StateError
from filterdns.folders import Folders
from filterdns.history import migrations


class Finding(NamedTuple):
    """What happens to *what* at the next start. *is_ready* is false where it would go wrong."""

    what: str
    is_ready: bool
    message: str


def look_ahead(folders: Folders) -> list[Finding]:
    """Return what the next start does with the files in *folders*."""
    if not folders.state.exists():
        return [Finding("state", True, f"{folders.state} is not there yet: a first start")]
    return [_history(folders), _lists(folders)]


def _history(folders: Folders) -> Finding:
    path = folders.history
    try:
        outlook = migrations.look_ahead(path)
    except StateError as error:
        return Finding("history", False, str(error))
    if outlook.version == 0:
        return Finding("history", True, "there is none yet")
    if outlook.copy is None:
        return Finding("history", True, f"{path} has schema {outlook.version}, as this version")
    found = (
        f"{path} goes from schema {outlook.version} to {migrations.SCHEMA_VERSION}, and is copied"
        f" to {outlook.copy} first"
    )
    if outlook.free_bytes < outlook.size_bytes * _ROOM:
        free, needed = outlook.free_bytes >> 20, outlook.size_bytes * _ROOM >> 20
        return Finding("history", False, f"{found}; {free} MiB are free there, {needed} are needed")
    return Finding("history", True, found)


def _lists(folders: Folders) -> Finding:
    index = Lists(folders.lists).last_index()
    if index is not None:
        with closing(index):
            return Finding("lists", True, f"{index.names:,} names are used as they are")
    if not any(folders.lists.glob("*.idx")):
        return Finding("lists", True, "none are built yet")
    return Finding(
        "lists",
        True,
        "they are of another version and built anew; the starter lists decide until then",
    )


_ROOM = 2  # times its size: the copy, and the log of the migration
