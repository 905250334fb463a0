"""A file of queries to play again: a line each, as people write them or as `log --json` prints."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.dns.codes import TYPE_BY_TEXT
from filterdns.dns.names import from_text
from filterdns.errors import ControlError, InvalidName

MOST_LINES: Final = 1_000_000
LONGEST_LINE: Final = 10_000
USAGE: Final = "write `HH:MM NAME [TYPE]`, `NAME [TYPE]`, or a row of `filterdns log --json`"


class PlannedQuery(NamedTuple):
    """A name that is asked *times* times, and when: a *clock* time, a moment, or all day.

    *place* is `file:line`. *seen_at* (Unix seconds) gives the time of day of a row of a log.
    """

    place: str
    name: str
    type: str = "A"
    clock: str = ""
    seen_at: float = 0.0
    times: int = 1


def read_queries(path: Path) -> list[PlannedQuery]:
    """Return the queries in the file *path*, `-` for stdin.

    Raises `ControlError` that names the line for what is no query.
    """
    return list(_read(path))


def _read(path: Path) -> Iterator[PlannedQuery]:
    for number, line in enumerate(_lines(path), 1):
        place = f"{path}:{number}"
        if number > MOST_LINES:
            raise ControlError(f"{place}: more than {MOST_LINES:,} lines; play them in parts")
        if len(line) > LONGEST_LINE:
            raise ControlError(f"{place}: a line over {LONGEST_LINE:,} characters is no query")
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        query = _from_log(place, text) if text.startswith("{") else _from_words(place, text)
        if query is not None:
            yield query


def _lines(path: Path) -> Iterator[str]:
    try:
        if str(path) == "-":
            yield from sys.stdin
            return
        with path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ControlError(f"{path} cannot be read: {why}") from None


def _from_words(place: str, text: str) -> PlannedQuery:
    first, *rest = text.split()
    clock = ""
    if re.fullmatch(r"\d+:\d+(:\d+)?", first):
        if not _CLOCK.fullmatch(first):
            raise ControlError(f'{place}: "{first}" is no time of the day; write it like 07:45')
        clock, (first, *rest) = first, rest or [""]
    if not first or len(rest) > 1:
        raise ControlError(f'{place}: "{text[:80]}" is no query; {USAGE}')
    qtype = rest[0].upper() if rest else "A"
    if qtype not in TYPE_BY_TEXT:
        raise ControlError(f'{place}: "{rest[0][:80]}" is no type that can be asked; {USAGE}')
    return PlannedQuery(place, _checked(place, first), qtype, clock)


def _from_log(place: str, text: str) -> PlannedQuery | None:
    """Return what a row of the log asks; None where it keeps no name."""
    try:
        row = json.loads(text)
        name, seen_at, times = str(row["name"]), float(row["last_seen"]), int(row["count"])
        is_possible = 0 < seen_at < _FARTHEST and 0 < times < _FARTHEST
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        is_possible = False
    if not is_possible:
        raise ControlError(f"{place}: that is no row of `filterdns log --json`; {USAGE}")
    if not name:
        return None
    return PlannedQuery(place, _checked(place, name), "A", "", seen_at, times)


def _checked(place: str, name: str) -> str:
    try:
        from_text(name)
    except InvalidName as error:
        raise ControlError(f"{place}: {error}") from None
    return name


_FARTHEST: Final = 10**11  # Unix seconds: beyond it no calendar reaches
_CLOCK: Final = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
