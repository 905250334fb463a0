"""A process beside gets its job, is heard line by line, and never outlives who wants it."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from filterdns.control.side_process import side_process
from filterdns.errors import BlocklistError

ECHO = "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)\nsys.exit(7)\n"
SLEEP = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    return tmp_path / "beside.py"


def test_what_it_says_of_its_job_is_heard_to_the_end(module: Path) -> None:
    module.write_text(ECHO)

    async def run() -> None:
        async with side_process("beside", "one\ntwo\n", "the work", 30) as process:
            assert await process.line() == b"got one\n"
            assert await process.line() == b"got two\n"
            assert await process.line() == b""
            assert await process.code() == 7

    asyncio.run(run())


def test_it_gives_way_and_ends_with_the_block(module: Path) -> None:
    module.write_text(SLEEP)

    async def run() -> None:
        async with side_process("beside", "", "the work", 30) as process:
            assert await process.line() == b"ready\n"
            [child] = children()
            assert os.getpriority(os.PRIO_PROCESS, child) >= 10
        assert not children()

    asyncio.run(run())


def test_one_that_is_silent_is_given_up(module: Path) -> None:
    module.write_text(SLEEP)

    async def run() -> None:
        async with side_process("beside", "", "the work", 1) as process:
            with pytest.raises(BlocklistError, match="the work has not moved for 1 s"):
                while await process.line():
                    pass
        assert not children()

    asyncio.run(run())


def children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(word) for word in text.split()]


def test_one_that_has_just_ended_is_left_to_asyncio_to_reap(
    module: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Or asyncio would say on the terminal that it does not know the process."""
    module.write_text("")
    reap = os.waitpid

    def reap_late(pid: int, options: int) -> tuple[int, int]:
        time.sleep(0.3)  # as the thread that asyncio waits in, on a busy machine
        return reap(pid, options)

    monkeypatch.setattr(os, "waitpid", reap_late)

    async def run() -> None:
        async with side_process("beside", "", "the work", 30) as process:
            assert await process.line() == b""
            await asyncio.sleep(0.1)
        assert not children()

    asyncio.run(run())
    assert caplog.messages == []
