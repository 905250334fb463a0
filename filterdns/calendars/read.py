"""Reads one calendar in a process of its own: `python -m filterdns.calendars.read`.

Standard input has a line of JSON, and then the text of the calendar:

    {"summaries": ["*ferien*"], "horizon": [739890, 741015]}

What comes of it is one line of JSON on standard output, `{"occurrences": {…}}` or
`{"error": "…"}`. A calendar that would take longer, or more memory, than any needs ends the
process.
"""

import json
import resource
import sys
from contextlib import suppress
from typing import Final

from filterdns.errors import CalendarError
from filterdns.priority import BUILDING, give_way

CPU_SECONDS: Final = 120  # of a small machine; a school's calendar takes one or two
ADDRESS_SPACE_BYTES: Final = 1 << 30


def main() -> int:
    """Do the job on standard input; return the exit code."""
    give_way(BUILDING)
    header, _, data = sys.stdin.buffer.read().partition(b"\n")
    _bound_resources()
    said: dict[str, object]
    try:
        said = {"occurrences": _read(json.loads(header), data)}
    except CalendarError as error:
        said = {"error": str(error)}
    except (MemoryError, RecursionError):
        said = {"error": "found more than fits into memory, expected a calendar"}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _read(job: dict[str, list[str]], data: bytes) -> dict[str, object]:
    from filterdns.calendars.occurrences import Horizon
    from filterdns.calendars.parse import read_calendar

    first, last = map(int, job["horizon"])
    return read_calendar(data, tuple(job["summaries"]), Horizon(first, last))._asdict()


def _bound_resources() -> None:
    """Bound what this process takes. Where a sandbox forbids that, whoever waits for it ends it."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main())
