"""Lets a calendar be read by a process of its own (`read.py`), and waits for what comes of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from filterdns.calendars.occurrences import Horizon, Occurrences, from_plain
from filterdns.errors import CalendarError

MAX_BYTES: Final = 4 << 20  # ten thousand events; a year of a school has fifty
PATIENCE_SECONDS: Final = 180.0


def read_file(path: Path) -> bytes:
    """Return what the file *path* holds. Raises `CalendarError`."""
    try:
        if path.exists() and not path.is_file():
            raise CalendarError("it is no file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalendarError(f"it cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise CalendarError(f"found more than {MAX_BYTES >> 20} MiB, expected a calendar")
    return data


def read_apart(data: bytes, summaries: tuple[str, ...], horizon: Horizon) -> Occurrences:
    """Return when the events in *data* with such *summaries* take place within *horizon*.

    Takes as long as that process does: not for a loop. Raises `CalendarError`.
    """
    job = json.dumps({"summaries": summaries, "horizon": horizon}).encode()
    try:
        process = subprocess.run(
            [sys.executable, "-m", "filterdns.calendars.read"],
            input=job + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what it says there quotes what it has read
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        said = json.loads(process.stdout)
        if "error" not in said:
            return from_plain(said["occurrences"])
    except subprocess.TimeoutExpired:
        raise CalendarError("reading it takes too long") from None
    except OSError as error:
        raise CalendarError(f"it cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError):
        raise CalendarError("reading it takes more time or memory than a calendar needs") from None
    raise CalendarError(str(said["error"]))
