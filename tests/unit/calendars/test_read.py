"""The process that reads a calendar: bounds on what it takes, one line about what came of it."""

import json
import resource
import subprocess
import sys

from filterdns.calendars import read
from tests.support.calendars import MINISTRY

JOB = json.dumps({"summaries": [], "horizon": [739_890, 741_015]}).encode()


def run(code: str, data: bytes) -> dict[str, object]:
    process = subprocess.run(
        [sys.executable, "-c", code], input=JOB + b"\n" + data, capture_output=True, check=True
    )
    said: dict[str, object] = json.loads(process.stdout)
    return said


def test_it_says_one_line() -> None:
    code = "import sys; from filterdns.calendars.read import main; sys.exit(main())"
    found = run(code, MINISTRY)["occurrences"]
    assert isinstance(found, dict)
    assert found["found"] == 5
    assert run(code, b"hello")["error"] == "found no BEGIN:VCALENDAR, expected a calendar (.ics)"


def test_it_takes_no_more_than_it_may() -> None:
    code = (
        "import json, resource; from filterdns.calendars import read; read._bound_resources();"
        "print(json.dumps({'cpu': resource.getrlimit(resource.RLIMIT_CPU)[1],"
        " 'space': resource.getrlimit(resource.RLIMIT_AS)[1]}))"
    )
    assert run(code, b"") == {"cpu": read.CPU_SECONDS, "space": read.ADDRESS_SPACE_BYTES}


def test_a_lack_of_memory_is_told() -> None:
    code = (
        "import sys; from filterdns.calendars import read, parse;"
        "parse.read_calendar = lambda *_: bytearray(1 << 40); sys.exit(read.main())"
    )
    assert "memory" in str(run(code, b"")["error"])


def test_this_process_is_not_bound() -> None:
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != read.ADDRESS_SPACE_BYTES
