import logging
import os
import subprocess
import sys
import threading

import pytest

from filterdns.logs import PatientHandler

PROGRAM = """
import logging, os
from filterdns.logs import set_up_logging
set_up_logging({JOURNAL})
logging.getLogger("filterdns").info("serves")
logging.getLogger("filterdns").warning("a list is old")
logging.getLogger("uvicorn.error").info("noise")
"""


def run(environment: str) -> list[str]:
    program = PROGRAM.replace("{JOURNAL}", environment)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()


def test_under_the_journal_lines_carry_no_time() -> None:
    journal = '{"JOURNAL_STREAM": "%d:%d" % (os.fstat(2).st_dev, os.fstat(2).st_ino)}'
    assert run(journal) == ["serves", "warning: a list is old"]


@pytest.mark.parametrize("environment", ["{}", '{"JOURNAL_STREAM": "1:2"}'])
def test_elsewhere_lines_carry_the_time(environment: str) -> None:
    assert [line[8:] for line in run(environment)] == [" serves", " warning: a list is old"]


def logging_to(descriptor: int, lines: int) -> subprocess.Popen[bytes]:
    """Start a process that logs to *descriptor* and says so; it ends when its stdin does."""
    program = f"""
import logging, sys
from filterdns.logs import set_up_logging
set_up_logging({{}})
for number in range({lines}):
    logging.getLogger("filterdns").info("line %d of many that are not short", number)
print("goes on", flush=True)
sys.stdin.read()
"""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=descriptor,
    )


def test_a_pipe_that_nobody_reads_holds_up_nobody() -> None:
    reader, writer = os.pipe()
    process = logging_to(writer, 5000)
    os.close(writer)
    said, _ = process.communicate(timeout=20)  # its end included, with lines still waiting
    assert (said, process.returncode) == (b"goes on\n", 0)
    os.close(reader)


def test_what_a_slow_reader_has_missed_is_counted() -> None:
    reader, writer = os.pipe()
    process = logging_to(writer, 10_000)
    os.close(writer)
    assert process.stdout is not None
    assert process.stdout.readline() == b"goes on\n"
    with os.fdopen(reader) as late:
        written = lost = 0
        while written + lost < 10_000:
            line = late.readline()
            written += "not short" in line
            lost += int(line.split()[1]) if "are lost" in line else 0
        process.communicate(timeout=20)
    assert written >= 1000
    assert lost


@pytest.mark.parametrize("sink", ["/dev/full", "closed"])
def test_a_log_that_cannot_be_written_is_no_error(sink: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    if sink != "closed":
        writer = os.open(sink, os.O_WRONLY)
    process = logging_to(writer, 100)
    os.close(writer)
    said, _ = process.communicate(timeout=20)
    assert (said, process.returncode) == (b"goes on\n", 0)


def test_a_pipe_that_does_not_wait_loses_no_line() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = logging_to(writer, 900)
    os.close(writer)
    assert process.stdout is not None
    assert process.stdout.readline() == b"goes on\n"
    with os.fdopen(reader) as late:
        first = [late.readline() for _ in range(900)]
        process.communicate(timeout=20)
    assert first[-1].endswith("line 899 of many that are not short\n")


def test_without_a_thread_lines_wait_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    handler = PatientHandler(writer)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        handler.emit(logging.makeLogRecord({"msg": "first"}))
    handler.emit(logging.makeLogRecord({"msg": "second"}))
    handler.flush()
    assert os.read(reader, 100) == b"first\nsecond\n"
    os.close(reader)
